"""What models say about a set of embedded works: the artist of each, and the order in which they were made.

These steps need no backbone: the job takes them after embedding, the service in deployments of their own.
"""

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd

from lib.dating.comparator import ArtistComparator
from lib.dating.order import DatedWork, nearest_dated, place_known, tie_groups
from lib.infra.errors import UserError
from lib.models.snapshots import Models

Known = dict[str, int]  # file → year


@dataclass(frozen=True)
class Attribution:
    """positions: (n, k) of the works in the style space. probabilities: works × artists, by file name."""

    positions: np.ndarray
    probabilities: pd.DataFrame


@dataclass(frozen=True)
class Order:
    """The order of a set.

    works: one row per work, oldest first, with file, position (1 is the oldest), tie_group, score (the estimated
    year, unrounded), year, low and high (80 % interval, in years), beyond, artist_probability.
    nearest: the likest dated works of the artist, by file.
    first_year, last_year: of the dated works that the artist's comparator learned from; an interval that leaves these
    years is marked as beyond. scope: `own` for a comparator of the artist's own, `all artists` for one by the trend.
    """

    works: pd.DataFrame
    nearest: dict[str, list[DatedWork]]
    first_year: int
    last_year: int
    scope: str


def attribute(models: Models, embeddings: np.ndarray, files: list[str], *, named: np.ndarray | None) -> Attribution:
    """Return where the works (n, dimensions) lie in the style space, and the probability of every artist.

    named: these probabilities (n, artists of the head) by an artist network; the head's where there is none.
    """
    positions = models.space.positions(embeddings)
    probabilities = models.head.probabilities(positions) if named is None else named
    return Attribution(positions, pd.DataFrame(probabilities, columns=models.head.artists, index=files))


def order_works(found: ArtistComparator | None, attribution: Attribution, *, artist: str, known: Known) -> Order | None:
    """Order works as works of `artist` with the comparator found for this artist; None where there is none.

    Works of `known` year stand at that year, the others around them.
    """
    if found is None:
        return None
    comparator, metadata = found.comparator, found.metadata
    files = list(attribution.probabilities.index)
    pinned = np.array([known.get(file, np.nan) for file in files], dtype=np.float64)
    score, low, high = place_known(*comparator.estimate(attribution.positions, pinned), pinned)
    works = pd.DataFrame({"file": files, "score": score, "low": low, "high": high, "known": pinned})
    works["beyond"] = (low < metadata.first_year) | (high > metadata.last_year)
    works["artist_probability"] = attribution.probabilities[artist].to_numpy()
    works = works.sort_values(["score", "file"], ignore_index=True)
    works["tie_group"] = tie_groups(works["score"].to_numpy(), works["known"].to_numpy(), comparator=comparator)
    evidence = nearest_dated(comparator, list(metadata.reference_works), attribution.positions)
    return Order(
        works=rounded(works),
        nearest=dict(zip(files, evidence, strict=True)),
        first_year=metadata.first_year,
        last_year=metadata.last_year,
        scope=metadata.scope,
    )


def rounded(works: pd.DataFrame) -> pd.DataFrame:
    """Return ordered works as people read them."""
    return pd.DataFrame(
        {
            "file": works["file"],
            "position": np.arange(1, len(works) + 1),
            "tie_group": works["tie_group"],
            "score": works["score"].round(3),
            "year": works["score"].round().astype(int),
            "low": works["low"].round(1),
            "high": works["high"].round(1),
            "beyond": works["beyond"],
            "artist_probability": works["artist_probability"].round(4),
        }
    )


def known_artist(artist: str, artists: list[str]) -> str:
    """Return `artist`. Raises UserError, naming the likest names, where it is none of `artists`."""
    if artist not in artists:
        alike = get_close_matches(artist, artists, n=3, cutoff=0.0)
        raise UserError(f"the models know no artist {artist!r}; did you mean {', '.join(alike)}?")
    return artist
