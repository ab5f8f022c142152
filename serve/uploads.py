"""What a form sends: files by name, and known dates."""

import json
from dataclasses import dataclass
from typing import Annotated

from fastapi import HTTPException, UploadFile
from pydantic import WithJsonSchema

from lib.dating.known import KnownDates, parse_known_dates
from lib.infra.errors import UserError
from serve.schemas import Rejected
from serve.settings import MEBIBYTE, Settings

MAX_NAME = 255  # characters, of a file or an artist

# As /docs needs a field to be described, to offer a choice of files for it.
Upload = Annotated[UploadFile, WithJsonSchema({"type": "string", "format": "binary"})]


@dataclass(frozen=True)
class Sent:
    """The files of a form. files: contents by name. rejected: those that are larger than allowed."""

    files: dict[str, bytes]
    rejected: list[Rejected]


async def read_files(uploads: list[UploadFile], *, settings: Settings) -> Sent:
    """Return the files of a form.

    Raises HTTPException for too many files, two of one name, a name that is too long, and where all are too large.
    """
    require_few(len(uploads), settings=settings)
    files: dict[str, bytes] = {}
    too_large: list[Rejected] = []
    for upload in uploads:
        name = as_written(upload.filename or "")
        if len(name) > MAX_NAME:
            raise HTTPException(422, f"a file name is longer than {MAX_NAME} characters; shorten it")
        if name in files:
            raise HTTPException(422, f"two files are named {name!r}; give each its own name")
        if (upload.size or 0) > settings.file_mib * MEBIBYTE:
            too_large.append(Rejected(file=name, reason=f"larger than {settings.file_mib} MiB; send a smaller copy"))
            continue
        files[name] = await upload.read()
    if too_large and not files:
        raise HTTPException(413, f"{too_large[0].file} is {too_large[0].reason}")
    return Sent(files, too_large)


def as_written(name: str) -> str:
    """Return a file's name without the escapes of clients that follow the HTML standard for multipart/form-data."""
    return name.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def require_few(files: int, *, settings: Settings) -> None:
    """Raise HTTPException for more files than one request may have."""
    if files > settings.files:
        raise HTTPException(413, f"{files} files are too many; send at most {settings.files} in one request")


def read_known_dates(known: str | None, *, sent: Sent) -> KnownDates:
    """Return the dates in the form field `known`. Raises UserError unless it is a JSON object from files to dates."""
    try:
        dates = json.loads(known) if known else {}
    except (ValueError, RecursionError) as error:
        raise UserError('known is not JSON; send an object such as {"a.jpg": "1886-90"}') from error
    if not isinstance(dates, dict):
        raise UserError('known is not a JSON object; send one such as {"a.jpg": "1886-90"}')
    too_large = {rejected.file for rejected in sent.rejected}
    return parse_known_dates({file: date for file, date in dates.items() if file not in too_large}, files=sent.files)
