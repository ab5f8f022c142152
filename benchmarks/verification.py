"""python benchmarks/verification.py --dataset DATASET [--out FOLDER]

How well are works verified on your own dataset: by this artist, by one hand, by any artist whom the models know? Five
models that never saw a fifth of the artists answer about train and val works that they did not learn from, with
calibrations of the other folds. Nothing of the test split is used. Writes FOLDER/verification.md and
FOLDER/verification.png. Embedding altered copies takes most of the time; --altered 0 0 leaves them out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from verification_altered import measure_alterations
from verification_cases import (
    Fold,
    LearnedWorks,
    Row,
    artist_cases,
    drawn_cases,
    known_cases,
    known_sets,
    make_folds,
    pair_cases,
)
from verification_report import picture, report

from lib.attribution.open_set import SET_SIZES
from lib.attribution.verification import SIZES
from lib.data.dataset import Dataset
from lib.features.style_space import StyleSpace, fit_style_space
from lib.infra.cli import run
from lib.infra.errors import UserError
from lib.infra.paths import make_folder
from lib.models.write_references import hashes_of


@dataclass
class Verification:
    """Options of benchmarks/verification.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    backbone: str | None = None
    """Backbone of the embeddings, where the dataset has those of several."""
    out: Path = Path("out/verification")
    """Folder for the tables and the picture."""
    altered: tuple[int, int] = (500, 300)
    """Works of known and of unseen artists, at most, that altered copies are made of; 0 0 makes none."""


def main(config: Verification) -> None:
    """Measure all questions and write the report."""
    dataset = Dataset.open(config.dataset)
    embeddings = dataset.embeddings(config.backbone)
    space, works = learned_works(dataset, config.backbone)
    print(f"{len(works.artists)} train and val works; fitting models", flush=True)
    folds = make_folds(works)
    print("pairs of works", flush=True)
    pairs, left_out = pair_rows(folds, works)
    print("artists and sets", flush=True)
    sections = {
        "Are two works by one artist?": pairs,
        "Is a work by this artist?": artist_rows(folds),
        "Is a set by any known artist?": known_rows(folds),
        "Sets of works, as drawn to calibrate answers": list(set_rows(folds)),
    }
    altered = (
        measure_alterations(
            dataset, embeddings.manifest.backbone, space, works=works, fold=folds[0], most=config.altered
        )
        if all(config.altered)
        else []
    )
    text = report(sections, altered, works=len(works.artists), folds=len(folds), left_out=left_out)
    make_folder(config.out)
    (config.out / "verification.md").write_text(text, encoding="utf-8")
    shown = [*pairs, *sections["Is a work by this artist?"][:1], *sections["Is a set by any known artist?"][:1]]
    picture(shown, altered).savefig(config.out / "verification.png", dpi=110)
    print(text)


def learned_works(dataset: Dataset, backbone: str | None) -> tuple[StyleSpace, LearnedWorks]:
    """Return the style space of the train works, and the train and val works in it.

    Raises UserError without val works, and for a dataset of embeddings alone.
    """
    seen = dataset.embeddings(backbone).outside_test().finite()
    val = (seen.paintings["split"] == "val").to_numpy()
    if not 0 < val.sum() < len(val):
        raise UserError(
            f"{val.sum()} of {len(val)} train and val works are val works; ingest the dataset so that it has both"
        )
    hashes = hashes_of(dataset)
    if not hashes:
        raise UserError(f"{dataset.folder} holds no pictures; give a dataset with its paintings")
    space = fit_style_space(seen.matrix[~val], parts=seen.manifest.parts)
    ids = seen.paintings["painting_id"].to_numpy(dtype=str)
    return space, LearnedWorks(
        positions=space.positions(seen.matrix),
        artists=seen.paintings["artist"].to_numpy(dtype=str),
        val=val,
        hashes=np.array([int(hashes[painting_id], 16) for painting_id in ids], dtype=np.uint64),
        ids=ids,
    )


def pair_rows(folds: list[Fold], works: LearnedWorks) -> tuple[list[Row], dict[str, int]]:
    """Return the figures of all pairs of single works, and the pairs that were left out, by kind."""
    rows, left_out = [], {}
    for name, unknown in (("artists seen", False), ("artists unseen", True)):
        cases = [pair_cases(fold, works, unknown=unknown) for fold in folds]
        rows.append(Row.of(name, [each for each, _ in cases]))
        left_out[name] = sum(count for _, count in cases)
    return present(rows), left_out


def artist_rows(folds: list[Fold]) -> list[Row]:
    """Return the figures of single val works of known artists."""
    cases = []
    for fold in folds:
        own = fold.of(unknown=False)
        cases.append(artist_cases(fold, fold.held_out.coordinates[own], own=own))
    return present([Row.of(name, [each[name] for each in cases]) for name in cases[0]])


def known_rows(folds: list[Fold]) -> list[Row]:
    """Return the figures of sets by known and by unseen artists, and of all single works, each once."""
    every = [[np.array([row]) for row in range(len(fold.rows))] for fold in folds]
    singly = Row.of("every single work", [known_cases(*each) for each in zip(folds, every, strict=True)])
    by_size = [
        Row.of(
            f"{size} work{'s' if size > 1 else ''}, artists alike",
            [known_cases(fold, known_sets(fold, size=size)) for fold in folds],
        )
        for size in SET_SIZES
    ]
    return present([singly, *by_size])


def set_rows(folds: list[Fold]) -> Iterator[Row]:
    """Yield the figures of the trials that calibrations are fitted to, of all sizes and of each."""
    for question, name in ((0, "by this artist"), (1, "by one hand")):
        for size in (None, *SIZES):
            cases = [drawn_cases(fold, question=question, size=size) for fold in folds]
            label = "all sizes" if size is None else f"{size} work{'s' if size > 1 else ''}"
            yield from present([Row.of(f"{name}, {label}", cases)])
    few = [drawn_cases(fold, question=0, few=True) for fold in folds]
    yield from present([Row.of("by this artist, all sizes, artists with few references", few)])


def present(rows: list[Row | None]) -> list[Row]:
    """Return the rows that there are."""
    return [row for row in rows if row]


if __name__ == "__main__":
    run(main, Verification, __doc__)
