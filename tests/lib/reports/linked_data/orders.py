"""Sorted sets without models, for the tests of linked data."""

from collections.abc import Sequence

import pandas as pd

from lib.attribution.verifier import KnownArtist
from lib.data.images import ImageHeader
from lib.dating.order import DatedWork, Order
from lib.reports.linked_data.answer import ArtistAnswer, ModelsUsed, answer_of_order
from lib.reports.linked_data.pictures import Picture, Site, published_picture

SITE = Site("https://example.org/pictures")
MODELS = ModelsUsed(version="0123456789ab", dataset="d1", backbone="efficientnet_lite0")
KNOWN = KnownArtist("known", 0.95)
HEADER = ImageHeader(width=4000, height=3000, media_type="image/jpeg")
NEAREST = DatedWork("near/1.jpg", year=1886, date="1885-87", similarity=0.93, columns={"Accession No": "1937.1.2"})


def order_of(files: Sequence[str], *, known: Sequence[str] = ()) -> Order:
    """Return the works in this order, three to a tie group. Those of `known` have the date 1888."""
    numbers = range(len(files))
    works = pd.DataFrame(
        {
            "file": list(files),
            "position": [number + 1 for number in numbers],
            "tie_group": [number // 3 + 1 for number in numbers],
            "score": [1880.4 + number for number in numbers],
            "year": [1880 + number for number in numbers],
            "low": [1877.6 + number for number in numbers],
            "high": [1883.2 + number for number in numbers],
            "edtf": ["1888" if file in known else f"{1877 + n}/{1884 + n}~" for n, file in enumerate(files)],
            "known": [file in known for file in files],
            "beyond": False,
            "artist_probability": 0.7312,
        }
    )
    nearest = {file: [NEAREST] for file in files}
    return Order(works, nearest, first_year=1870, last_year=1900, scope="own", temperature=3.0)


def answer_of(
    files: Sequence[str], *, given: bool = False, verdict: KnownArtist = KNOWN, known: Sequence[str] = ()
) -> ArtistAnswer:
    """Return the answer for works in this order."""
    order = order_of(files, known=known)
    return answer_of_order(order, artist="Maria Muster", given=given, share=0.7, known=verdict)


def pictures_of(files: Sequence[str], **columns: str) -> dict[str, Picture]:
    """Return the pictures as they are published, all with these columns."""
    return {file: published_picture(file, header=HEADER, site=SITE, columns=columns) for file in files}
