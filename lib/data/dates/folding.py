"""Words as they are compared: without accents, in small letters."""

import unicodedata


def fold(text: str) -> str:
    """Return `text` without accents and ligatures, in the capitals it has."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("œ", "oe").replace("ø", "o"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def phrases(*, en: str = "", de: str = "", fr: str = "", nl: str = "", it: str = "", es: str = "") -> list[str]:
    """Return the phrases of comma-separated lists, folded and in small letters."""
    texts = (en, de, fr, nl, it, es)
    return [phrase for text in texts for phrase in (fold(part).strip().lower() for part in text.split(",")) if phrase]
