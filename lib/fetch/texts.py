"""The texts of IIIF manifests: in several languages, with markup, as labelled pairs."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lib.data.columns import USUAL_NAMES, column_key

SEVERAL = "; "  # between the values of one label

_TAG = re.compile(r"<[^<>]*>")
_SPACE = re.compile(r"\s+")
_LANGUAGES = ("en", "none", "@none")  # taken first; then the first one that there is
# Labels in the form of column_key(), in the languages that dates are read in, beside the usual names of columns.
_LABELS = {
    "artist": (
        *USUAL_NAMES["artist"], "artists", "artist/maker", "creators", "creator(s)", "artist(s)", "createdby",
        "paintedby", "kunstler", "künstler", "künstlerin", "künstler/in", "künstler*in", "künstler:in", "maler",
        "urheber", "schöpfer", "artiste", "peintre", "auteur", "créateur", "kunstenaar", "schilder", "vervaardiger",
        "artista", "pittore", "autore", "pintor", "autor", "creador",
    ),
    "date": (
        *USUAL_NAMES["date"], "dates", "created", "dateofcreation", "dateofproduction", "datemade", "dateofwork",
        "dateofobject", "made", "datum", "datierung", "entstehungsdatum", "entstehungszeit", "entstehungsjahr", "jahr",
        "datedecréation", "datation", "année", "datering", "vervaardigingsdatum", "jaar", "data", "datazione", "anno",
        "fecha", "fechadecreación", "año",
    ),
    "title": ("title", "objecttitle", "titel", "titre", "titolo", "título", "titulo"),
}  # fmt: skip


def texts_of(value: Any) -> list[str]:
    """Return the plain texts of a IIIF value: a text, a list, texts by language (3), @value and @language (2)."""
    if isinstance(value, str | int | float):
        return [text] if (text := plain(str(value))) else []
    if isinstance(value, Mapping):
        if "@value" in value:
            return texts_of(value["@value"])
        language = next((name for name in _LANGUAGES if value.get(name)), next(iter(value), None))
        return texts_of(value[language]) if language is not None else []
    if isinstance(value, list):
        return [text for each in _of_one_language(value) for text in texts_of(each)]
    return []


def text_of(value: Any) -> str:
    """Return the plain text of a IIIF value, several joined; empty where there is none."""
    return SEVERAL.join(texts_of(value))


def plain(text: str) -> str:
    """Return a text without markup, on one line."""
    return _SPACE.sub(" ", html.unescape(_TAG.sub(" ", text))).strip()


def pairs_of(metadata: Any) -> Iterator[tuple[str, str]]:
    """Yield label and text of each pair of a manifest's metadata; pairs of another form are left out."""
    for pair in metadata if isinstance(metadata, list) else []:
        if isinstance(pair, Mapping):
            label, text = text_of(pair.get("label")).rstrip(":").strip(), text_of(pair.get("value"))
            if label and text:
                yield label, text


def columns_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return pairs as columns: the likeliest label of artist, date and title under these names, others as they are.

    The texts of a label that occurs twice are joined.
    """
    columns: dict[str, str] = {}
    for label, text in pairs:
        known = next((name for name in columns if column_key(name) == column_key(label)), None)
        columns[known or label] = f"{columns[known]}{SEVERAL}{text}" if known else text
    taken: dict[str, str] = {}
    for name, keys in _LABELS.items():
        by_key = {column_key(label): label for label in columns}
        found = next((by_key[key] for key in keys if key in by_key), None)
        if found is not None:
            taken[name] = columns.pop(found)
    return taken | columns


def _of_one_language(values: list[Any]) -> list[Any]:
    """Return the values of a list that differ in more than the language (2)."""
    by_language = {str(value.get("@language")): value for value in values if isinstance(value, Mapping)}
    if len(by_language) < 2 or len(by_language) < len(values):
        return values
    return [next((by_language[name] for name in _LANGUAGES if name in by_language), values[0])]
