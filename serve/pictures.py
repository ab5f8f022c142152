"""Pictures in answers: data URLs, and previews of files that a browser cannot show."""

import base64
from collections.abc import Sequence

from PIL import Image
from pydantic import BaseModel, Field

from lib.data.images import to_jpeg
from serve.decoders import Decoders
from serve.schemas import Rejected

PREVIEW_SIDE = 480  # pixels of the short side


class Previews(BaseModel):
    """Small pictures of files that were sent."""

    previews: dict[str, str] = Field(description="JPEG as data URLs, by file.")
    rejected: list[Rejected]


def preview_files(decoders: Decoders, files: Sequence[bytes]) -> list[bytes | str]:
    """Return each file as a small JPEG, or the reason why it is no picture."""
    pictures = decoders.open(files, short_side=PREVIEW_SIDE)
    return [to_jpeg(picture) if isinstance(picture, Image.Image) else picture for picture in pictures]


def previews_answer(names: Sequence[str], previews: Sequence[bytes | str]) -> Previews:
    """Return the previews of files with these names as an answer."""
    named = list(zip(names, previews, strict=True))
    return Previews(
        previews={name: data_url(jpeg) for name, jpeg in named if isinstance(jpeg, bytes)},
        rejected=[Rejected(file=name, reason=reason) for name, reason in named if isinstance(reason, str)],
    )


def data_url(jpeg: bytes) -> str:
    """Return JPEG bytes as an address that a page can show."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
