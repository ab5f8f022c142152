"""The encoding of a text file: what its marks say, else what its bytes allow."""

import codecs
import re
from typing import NamedTuple

from charset_normalizer import CharsetMatch, from_bytes

from lib.data.tables.table import TableError

# That of UTF-32 begins like that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32", "utf-32"), (codecs.BOM_UTF8, "UTF-8", "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "UTF-16", "utf-16"), (codecs.BOM_UTF16_BE, "UTF-16", "utf-16"),
)  # fmt: skip
_GUESSED = ["cp1252", "cp1250", "cp1251", "mac_roman", "cp850"]
_CLEARER = 0.05  # how much less mess, on the scale of charset-normalizer, another encoding than cp1252 must leave
_SAMPLE = 2**20  # bytes
_FEWEST_ZEROS = 0.1  # share of zero bytes in UTF-16: letters, digits and delimiters of most catalogues have one each
_INSIDE_WORD = re.compile(r"(?<=[^\W\d_])[^\x00-\x7f](?=[a-z])")
_NEVER_INSIDE = frozenset("‚ƒ„†‡ˆ‰‹›”•™¤§")  # of words
_UNSURE_WORD = re.compile(r"\w*[^\W\x00-\x7f]\w*|[^\x00-\x7f]")
_SAVE_AS = "save the catalogue as UTF-8"


class DecodedText(NamedTuple):
    """A decoded file. encoding: its name, with an example where it is a guess that only a reader can check."""

    text: str
    encoding: str


def decode(data: bytes) -> DecodedText:
    """Decode UTF-8 and UTF-16 with or without a byte order mark, cp1252, and what charset-normalizer tells from it.

    Raises TableError where no encoding fits.
    """
    for mark, name, codec in _MARKS:
        if data.startswith(mark):
            return DecodedText(_decode(data, codec=codec, name=name), name)
    if data.count(0) > _FEWEST_ZEROS * len(data):
        return _unmarked_utf16(data)
    try:
        return DecodedText(data.decode("utf-8"), "UTF-8")
    except UnicodeDecodeError:
        return _guess(data)


def _decode(data: bytes, *, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise TableError(
            f"it is marked as {name} and is not ({error.reason} at byte {error.start}); {_SAVE_AS}"
        ) from error


def _unmarked_utf16(data: bytes) -> DecodedText:
    match = from_bytes(data[:_SAMPLE], cp_isolation=["utf_16_le", "utf_16_be"]).best()
    if match is None:
        raise TableError(f"it holds zero bytes and is not UTF-16; {_SAVE_AS}, as .xlsx or as .parquet")
    return DecodedText(_decode(data, codec=match.encoding, name="UTF-16"), "UTF-16")


def _guess(data: bytes) -> DecodedText:
    """Decode with cp1252, as most catalogues that are not Unicode, unless another encoding is clearly better."""
    _require_not_nearly_utf8(data)
    lines = [line for line in data.splitlines(keepends=True) if not line.isascii()]
    matches = from_bytes(b"".join(lines)[:_SAMPLE], cp_isolation=_GUESSED, threshold=0.5)
    best = min(matches, key=_mess, default=None)
    if best is None:
        raise TableError(f"its encoding is neither UTF-8, UTF-16 nor cp1252; {_SAVE_AS}")
    codec = "cp1252" if "cp1252" in best.could_be_from_charset else best.encoding
    text = _decode(data, codec=codec, name=codec)
    example = _UNSURE_WORD.search(text)
    return DecodedText(text, f"{codec}, by its bytes" + (f", such as in {example[0][:40]!r}" if example else ""))


def _require_not_nearly_utf8(data: bytes) -> None:
    """Raise TableError where most letters beyond ASCII are UTF-8, as in a table put together from two exports."""
    text = data.decode("utf-8", "replace")
    beyond_ascii = len(text) - sum(map(text.count, map(chr, range(128))))
    broken = text.count("\ufffd")
    if beyond_ascii > 2 * broken:
        line = text[: text.index("\ufffd")].count("\n") + 1
        raise TableError(
            f"line {line} has bytes that are not UTF-8, while most of it is; write that line again, as UTF-8"
        )


def _mess(match: CharsetMatch) -> tuple[int, float, int]:
    """Return what is less for likelier encodings: first the capitals and symbols inside words, as in `DŸrer`."""
    inside = [place[0] for place in _INSIDE_WORD.finditer(str(match))]
    odd = sum(character.isupper() or character in _NEVER_INSIDE for character in inside)
    is_commonest = "cp1252" in match.could_be_from_charset
    return odd, match.chaos - _CLEARER * is_commonest, _GUESSED.index(match.encoding)
