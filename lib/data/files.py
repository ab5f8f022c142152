"""The files below a root, and which of them the values of a catalogue name."""

import os
import posixpath
import re
import stat
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from rapidfuzz import fuzz, process

from lib.data.file_names import Reference, fold, is_image, without_suffix
from lib.infra.errors import UserError
from lib.infra.paths import is_local, store_of

_SEPARATOR = re.compile(r"""\s*[._\\:*?"<>|,;-]\s*|\s""")  # in accession numbers; many cannot be in file names
# What stores call the entity tag and the time of the last change of an object.
_STORES_CHANGED = ("ETag", "etag", "LastModified", "last_modified", "updated", "mtime", "modified", "created")
_COMPARED_VALUES = 20  # values whose nearest file is looked for when nothing fits


@dataclass(frozen=True)
class Located:
    """The files that the values of a catalogue name.

    file: for each value its file, as a path below the root; None where no file or more than one fits.
    ambiguous: value → the files that fit it, where more than one does. missing: the values that no file fits; empty
    values are not listed. matched_by: rule → number of values that it gave their file, strictest rule first.
    """

    file: list[str | None]
    ambiguous: dict[str, tuple[str, ...]]
    missing: tuple[str, ...]
    matched_by: dict[str, int]


class Stamp(NamedTuple):
    """What a listing says of a file: size in bytes, and when it was changed, in whatever form; empty where unknown.

    A file with the stamp of another day is taken for unchanged. A copy may have another stamp and the same content.
    """

    size: int
    changed: str


def list_files(root: Path) -> dict[str, Stamp]:
    """Return the stamp of each file below `root`, by its relative path, without hidden files."""
    if not root.is_dir():
        raise UserError(f"the folder {root} does not exist; give the folder of the images with --root")
    if not is_local(root):
        fs, name = store_of(root)
        details = fs.find(name, detail=True).items()
        in_store = {file.removeprefix(name).lstrip("/"): _stamp_in_store(detail) for file, detail in details}
        return {file: stamp for file, stamp in in_store.items() if _visible(file.split("/")) == file.split("/")}
    stamps: dict[str, Stamp] = {}
    seen: set[tuple[int, int]] = set()  # links may form a circle
    for folder, folders, names in os.walk(root, followlinks=True):
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(_visible(folders))
        for name in _visible(names):
            path = Path(folder, name)
            with suppress(OSError):  # a link to nothing is a missing file
                status = path.stat()
                if stat.S_ISREG(status.st_mode):
                    stamps[path.relative_to(root).as_posix()] = Stamp(status.st_size, str(status.st_mtime_ns))
    return stamps


def _stamp_in_store(detail: dict[str, Any]) -> Stamp:
    """Return the stamp of an object: its entity tag, else the time of its last change."""
    known = (str(detail[name]) for name in _STORES_CHANGED if detail.get(name))
    return Stamp(detail["size"], next(known, ""))


def locate_files(values: Sequence[str], files: Iterable[str]) -> Located:
    """Find the file that each value names, by the strictest rule that any file fits.

    files: relative POSIX paths below the root. Two values may get the same file.
    """
    known = list(files)
    references = [Reference.read(value) for value in dict.fromkeys(values) if value.strip()]
    fits: dict[str, tuple[str, ...]] = {}
    rule_of: dict[str, str] = {}
    for rule, prepare in _RULES.items():
        unmatched = [reference for reference in references if reference.value not in fits]
        if not unmatched:
            break
        fitting_files = prepare(known, references)
        for reference in unmatched:
            if fitting := fitting_files(reference):
                fits[reference.value], rule_of[reference.value] = tuple(sorted(fitting)), rule
    file = [fits[value][0] if len(fits.get(value, ())) == 1 else None for value in values]
    counts = Counter(rule_of[value] for value, path in zip(values, file, strict=True) if path is not None)
    return Located(
        file=file,
        ambiguous={value: fitting for value, fitting in fits.items() if len(fitting) > 1},
        missing=tuple(reference.value for reference in references if reference.value not in fits),
        matched_by={rule: counts[rule] for rule in _RULES if counts[rule]},
    )


def nothing_fits(values: Sequence[str], files: Iterable[str], root: Path) -> UserError:
    """Return the error for a catalogue of which no value names a file: a value, and the file name nearest to it."""
    written = list(dict.fromkeys(value for value in values if value.strip()))
    names = {file: fold(without_suffix(posixpath.basename(file))) for file in files if is_image(file)}
    if not names:
        return UserError(f"no image file is under {root}; give the folder of the images with --root")
    if not written:
        return UserError("the catalogue's file column is empty; name the column of the files with --file-column")
    ends = {value: min(Reference.read(value).paths, default=value) for value in written[:_COMPARED_VALUES]}
    compared = {value: fold(without_suffix(posixpath.basename(end))) for value, end in ends.items()}
    nearest = {value: process.extractOne(name, names, scorer=fuzz.ratio) for value, name in compared.items()}
    value = max(nearest, key=lambda value: nearest[value][1])
    _, score, file = nearest[value]
    difference = "lies in another folder" if score == 100 else "differs in more than folder, capitals and extension"
    return UserError(
        f"no value of the catalogue's file column fits a file under {root}: nearest to {value!r} is {file!r}, which"
        f" {difference}; check --root, or name the column of the files with --file-column"
    )


FittingFiles = Callable[[Reference], AbstractSet[str]]


def _exact_path(files: list[str], references: list[Reference]) -> FittingFiles:
    known = set(files)
    return lambda reference: {reference.value} & known


def _cleaned_path(files: list[str], references: list[Reference]) -> FittingFiles:
    known = set(files)
    return lambda reference: reference.paths & known


def _any_capitals(files: list[str], references: list[Reference]) -> FittingFiles:
    index = _index((fold(file), file) for file in files if is_image(file))
    return lambda reference: {file for path in reference.paths for file in index.get(fold(path), ())}


def _any_folder(files: list[str], references: list[Reference]) -> FittingFiles:
    return _by_last_parts(files, references, keys_of=lambda path: {path}, key_of=lambda file: file)


def _any_extension(files: list[str], references: list[Reference]) -> FittingFiles:
    # The suffix of a value may belong to its name: N1.tif names both N1.jpg and N1.tif.jpg.
    return _by_last_parts(files, references, keys_of=lambda path: {path, without_suffix(path)}, key_of=without_suffix)


def _any_separator(files: list[str], references: list[Reference]) -> FittingFiles:
    """Compare accession numbers, such as 1937.1/2, with file names, one separator for each."""

    def key_of(path: str) -> str:
        return _SEPARATOR.sub("-", without_suffix(path))

    def keys_of(path: str) -> set[str]:
        keys = {key_of(path), _SEPARATOR.sub("-", path)}
        return keys | {key.replace("/", "-") for key in keys}

    return _by_last_parts(files, references, keys_of=keys_of, key_of=key_of)


# From strict to lax. Only the first two take a file that is no image by its suffix.
_RULES: dict[str, Callable[[list[str], list[Reference]], FittingFiles]] = {
    "path": _exact_path,
    "cleaned path": _cleaned_path,
    "path in other capitals": _any_capitals,
    "last parts of the path": _any_folder,
    "name with another extension": _any_extension,
    "number with other separators": _any_separator,
}


def _by_last_parts(
    files: list[str],
    references: list[Reference],
    *,
    keys_of: Callable[[str], set[str]],
    key_of: Callable[[str], str],
) -> FittingFiles:
    """Compare the last parts of paths, as many as fit.

    A file may lie deeper than its value says. A value may begin with folders that lie above the root, unless another
    value ends alike: then its folders tell the two apart.
    """
    key_by_file = {file: fold(key_of(file)) for file in files if is_image(file)}
    folders = {
        part for folder in {posixpath.dirname(key) for key in key_by_file.values()} for part in folder.split("/")
    }
    index = _index((end, file) for file, key in key_by_file.items() for end in _ends(key))
    keys = {key for reference in references for path in reference.paths for key in keys_of(path)}
    # Decoded, so that the readings of one value count once.
    uses = Counter(end for end, _ in {(end, fold(unquote(key))) for key in keys for end in _ends(fold(key))})

    def fitting_to(path: str, *, foreign: bool, folders_above: bool) -> set[str]:
        parts = path.split("/")
        for start, end in enumerate(_ends(path)):
            fitting = index.get(end, [])
            if start and (uses[end] > 1 or not folders_above):
                continue
            if start and not (foreign and parts[start - 1] not in folders):
                depth = len(parts) - start
                fitting = [file for file in fitting if file.count("/") + 1 == depth]
            if fitting:
                return set(fitting)
        return set()

    def fitting_files(reference: Reference) -> set[str]:
        return {
            file
            for path in reference.paths
            for key in keys_of(path)
            # Without the suffix of an image, a slash may be part of an accession number, such as A/123.
            for file in fitting_to(
                fold(key), foreign=reference.foreign, folders_above=reference.foreign or is_image(path)
            )
        }

    return fitting_files


def _index(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    index = defaultdict(list)
    for key, file in pairs:
        index[key].append(file)
    return dict(index)


def _ends(path: str) -> Iterator[str]:
    """Yield a/b/c, b/c, c of a/b/c."""
    yield path
    while "/" in path:
        path = path.partition("/")[2]
        yield path


def _visible(names: list[str]) -> list[str]:
    return [name for name in names if not name.startswith(".")]
