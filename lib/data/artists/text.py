"""Text of catalogues made ready for rules that are written in plain letters."""

import re
import unicodedata

_REPLACED = str.maketrans("‘’ʼ´`“”„‐‑‒–—−", "'''''\"\"\"------")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f\u200b-\u200f\u2060\ufeff\u00ad]")


def tidy(text: str) -> str:
    """Return the text composed (NFC), with single spaces and without invisible characters."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def plain(text: str) -> str:
    """Return the text in lower case without accents, with plain quotes and hyphens; as long as `text`.

    Rules match the plain text and cut at the same positions of the original.
    """
    if text.isascii():
        return text.lower()
    base = "".join(unicodedata.normalize("NFD", character)[0] for character in text)
    return "".join(character.lower()[0] for character in base.translate(_REPLACED))


def words(text: str) -> list[str]:
    """Return the words of the plain text."""
    return re.findall(r"\w+", plain(text))
