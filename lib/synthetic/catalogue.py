"""A small catalogue of invented artists with the layout of Painter by Numbers, from one seed.

all_data_info.csv      artist, date, genre, …, title, in_train, new_filename
train/, test/          the paintings, by in_train
unseen/                works of one of the artists that the catalogue does not have, without dates
unseen.csv             file, artist, year: the truth about them
generate.json          the parameters
"""

import csv
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from lib.infra.atomic import atomic_folder, read_json, write_json
from lib.infra.errors import UserError
from lib.synthetic.painters import MOST_PAINTERS, Painter, make_painters, paint
from lib.synthetic.sketches import SUBJECTS

COLUMNS = [
    "artist", "date", "genre", "pixelsx", "pixelsy", "size_bytes",
    "source", "style", "title", "artist_group", "in_train", "new_filename",
]  # fmt: skip
DATE_FORMS = {"{year}": 0.5, "{year}.0": 0.22, "c.{year}": 0.14, "{month} {year}": 0.1, "": 0.04}
MONTHS = ("January", "March", "May", "June", "September", "October", "December")
PLACES = ("Valmorin", "Oster Bay", "the Lower Town", "Saint-Aubry", "Carrow Hill", "the Two Rivers", "Lindhavn")
TIMES = ("Morning", "Noon", "Evening", "Spring", "Late Summer", "Autumn", "After the Rain", "First Frost")
PARAMETERS = "generate.json"
TEST_FRACTION = 0.2


@dataclass(frozen=True)
class Parameters:
    """What decides a catalogue: equal parameters give equal files.

    works_per_artist: works of each artist in the catalogue. unseen: works of one artist outside the catalogue.
    """

    artists: int
    works_per_artist: int
    unseen: int
    seed: int

    def check(self) -> None:
        """Raise UserError for a number out of range."""
        if not 1 <= self.artists <= MOST_PAINTERS:
            raise UserError(f"--artists is {self.artists}; give 1 to {MOST_PAINTERS}")
        for option, value, least in (
            ("--works-per-artist", self.works_per_artist, 1),
            ("--unseen", self.unseen, 0),
            ("--seed", self.seed, 0),
        ):
            if value < least:
                raise UserError(f"{option} is {value}; give {least} or more")


@dataclass(frozen=True)
class Commission:
    """A work to paint: by whom, when, of what, from which random numbers, and the file to write."""

    painter: Painter
    year: int
    subject: str
    seed: list[int]
    path: Path


def has_catalogue(out: Path, parameters: Parameters) -> bool:
    """Return whether `out` holds the catalogue of these parameters. Raises UserError where it holds something else."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return False
    if (out / PARAMETERS).is_file() and read_json(out / PARAMETERS) == asdict(parameters):
        return True
    raise UserError(f"{out} exists and is not the catalogue of these parameters; remove it or give another --out")


def write_catalogue(out: Path, parameters: Parameters) -> None:
    """Paint the catalogue and the unseen works into the new folder `out`."""
    painters = make_painters(parameters.artists, seed=parameters.seed)
    rng = np.random.default_rng([parameters.seed, 0])
    with atomic_folder(out) as folder:
        for name in ("train", "test", "unseen"):
            (folder / name).mkdir()
        rows, commissions = _plan_catalogue(painters, parameters, folder, rng)
        truth, unseen = _plan_unseen(painters[rng.integers(len(painters))], parameters, folder, rng)
        sizes = _paint_all(commissions + unseen)
        for row, (width, height, size_bytes) in zip(rows, sizes, strict=False):
            row |= {"pixelsx": f"{width}.0", "pixelsy": f"{height}.0", "size_bytes": f"{size_bytes}.0"}
        _write_csv(folder / "all_data_info.csv", COLUMNS, rows)
        _write_csv(folder / "unseen.csv", ["file", "artist", "year"], truth)
        write_json(folder / PARAMETERS, asdict(parameters))


def _plan_catalogue(
    painters: list[Painter], parameters: Parameters, folder: Path, rng: np.random.Generator
) -> tuple[list[dict[str, str]], list[Commission]]:
    """Return the rows of the catalogue, without the sizes of the files, and the work of each row."""
    works = parameters.works_per_artist
    numbers = iter(1 + rng.permutation(len(painters) * works))
    rows, commissions = [], []
    for index, painter in enumerate(painters):
        in_test = rng.permutation(works) < round(TEST_FRACTION * works)
        for work, in_train in enumerate(~in_test):
            commission = _commission(
                painter,
                year=int(rng.integers(painter.first_year, painter.last_year + 1)),
                seed=[parameters.seed, 2, index, work],
                path=folder / ("train" if in_train else "test") / f"{next(numbers)}.jpg",
                rng=rng,
            )
            commissions.append(commission)
            rows.append(_describe(commission, in_train=bool(in_train), rng=rng))
    return rows, commissions


def _plan_unseen(
    painter: Painter, parameters: Parameters, folder: Path, rng: np.random.Generator
) -> tuple[list[dict[str, str]], list[Commission]]:
    """Return the truth about works spread over the painter's career, in shuffled files, and the works."""
    years = np.linspace(painter.first_year, painter.last_year, parameters.unseen).round()
    truth, commissions = [], []
    for work, year in enumerate(rng.permutation(years)):
        path = folder / "unseen" / f"work-{work + 1:02d}.jpg"
        truth.append({"file": path.name, "artist": painter.name, "year": str(int(year))})
        commissions.append(_commission(painter, year=int(year), seed=[parameters.seed, 3, work], path=path, rng=rng))
    return truth, commissions


def _commission(painter: Painter, *, year: int, seed: list[int], path: Path, rng: np.random.Generator) -> Commission:
    """Return a work with a subject drawn from the painter's taste."""
    subject = str(rng.choice(list(SUBJECTS), p=painter.taste))
    return Commission(painter=painter, year=year, subject=subject, seed=seed, path=path)


def _describe(commission: Commission, *, in_train: bool, rng: np.random.Generator) -> dict[str, str]:
    """Return the work's row of the catalogue, without the size of its file."""
    date = str(rng.choice(list(DATE_FORMS), p=list(DATE_FORMS.values())))
    return {
        "artist": commission.painter.name,
        "date": date.format(year=commission.year, month=rng.choice(MONTHS)),
        "genre": commission.subject,
        "source": "invented",
        "style": commission.painter.school,
        "title": f"{commission.subject.capitalize()}, {rng.choice(TIMES)} at {rng.choice(PLACES)}",
        "artist_group": "train_and_test",
        "in_train": str(in_train),
        "new_filename": commission.path.name,
    }


def _paint_all(commissions: list[Commission]) -> Iterator[tuple[int, int, int]]:
    """Paint on several cores; return width, height and bytes of each file, in order."""
    processes = min(os.cpu_count() or 1, 8, 1 + len(commissions) // 50)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return pool.map(_paint, commissions, chunksize=8)


def _paint(commission: Commission) -> tuple[int, int, int]:
    """Paint a work into its file; return width, height and bytes."""
    image = paint(commission.painter, year=commission.year, subject=commission.subject, seed=commission.seed)
    image.save(commission.path, quality=90)
    return image.width, image.height, commission.path.stat().st_size


def _write_csv(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    """Write a table with a header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
