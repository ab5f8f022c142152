"""python -m benchmarks.score --task order --catalogue all_data_info.csv --answers ANSWERS.csv

Score answers about Painter by Numbers by the published protocol (docs/protocol.md). Run it in the root of the
repository. It reads Kaggle's catalogue, as CSV or in its .zip, and needs neither pictures nor models, neither Ray nor
torch. With --splits OUT.csv it writes the works and their splits, which jobs/ingest.py reads as a catalogue, and with
--questions OUT.csv the works, for verify the pairs, that are to be answered. With --subset IDS everything is restricted
to the works whose ids are in a text file, one a line, as if these were the whole catalogue: for users with a part of
the pictures.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib.infra.atomic import atomic_file
from lib.infra.cli import run
from lib.infra.errors import UserError
from lib.infra.paths import make_folder
from lib.reports.markdown import percent, span, table
from lib.scoring.answers import read_answers
from lib.scoring.figures import Figure, artist_figures, date_figures, order_figures, verify_figures
from lib.scoring.pairs import draw_pairs
from lib.scoring.tasks import Task, asked_works, checksum, for_task, read_works, restrict


@dataclass
class Score:
    """Options of benchmarks/score.py."""

    task: Task
    """What is asked: order, date, artist or verify."""
    catalogue: Path
    """Kaggle's all_data_info.csv, plain, .zip or .gz."""
    subset: Path | None = None
    """Text file of the ids of the works whose pictures you have, one a line. Default: the whole catalogue."""
    answers: Path | None = None
    """CSV of answers to score."""
    splits: Path | None = None
    """CSV to write: new_filename, artist, date and split of all works. Models learn from train and val."""
    questions: Path | None = None
    """CSV to write: what is to be answered."""


def main(config: Score) -> None:
    """Write what was asked for, then score the answers."""
    if not (config.answers or config.splits or config.questions):
        raise UserError("nothing to do: give --answers, or --splits or --questions to write")
    catalogue = read_works(config.catalogue)
    chosen = restrict(catalogue, config.subset) if config.subset else catalogue
    works = for_task(chosen, config.task)
    asked = asked_works(works, config.task)
    questions = draw_pairs(asked) if config.task == "verify" else asked
    if config.splits:
        write_csv(config.splits, works.rename(columns={"painting_id": "new_filename"}), SPLIT_COLUMNS)
    if config.questions:
        write_csv(config.questions, questions, QUESTION_COLUMNS[config.task])
    whole = for_task(catalogue, config.task)["asked"].sum()
    coverage = f"{len(asked):,} of the catalogue's {whole:,} test works ({percent(len(asked) / whole)})"
    print(f"task {config.task}: {coverage}")
    print(f"works: {len(chosen):,} of the catalogue's {len(catalogue):,} dated works, checksum {checksum(chosen)}")
    if config.answers:
        answers = read_answers(config.answers, config.task, asked=questions, artists=set(catalogue["artist"]))
        print(markdown(figures_of(config.task, works, questions, answers), coverage=coverage))


SPLIT_COLUMNS = ["new_filename", "artist", "date", "split"]
QUESTION_COLUMNS: dict[Task, list[str]] = {
    "order": ["painting_id", "artist"],
    "date": ["painting_id", "artist"],
    "artist": ["painting_id"],
    "verify": ["first", "second"],
}


def write_csv(path: Path, frame: pd.DataFrame, columns: list[str]) -> None:
    """Write columns of a frame, whole or not at all, texts as they are: they are read by programs."""
    make_folder(path.parent)
    with atomic_file(path) as aside:
        frame[columns].to_csv(aside, index=False)
    print(f"{path}: {len(frame):,} rows")


def figures_of(task: Task, works: pd.DataFrame, questions: pd.DataFrame, answers: pd.DataFrame) -> list[Figure]:
    """Return the figures of a task. works: of for_task(). answers: of read_answers()."""
    if task == "order":
        return order_figures(questions, answers)
    if task == "date":
        return date_figures(works, answers)
    if task == "artist":
        return artist_figures(works, answers)
    return verify_figures(questions, answers)


def markdown(figures: list[Figure], *, coverage: str) -> str:
    """Return the table of the figures, with the coverage in it, so that neither is copied without the other."""
    header = ["figure", "value", "95 % interval over artists", "baseline", "cases"]
    rows = [
        [figure.name, shown(figure, figure.value), interval_of(figure), baseline_of(figure), figure.cases]
        for figure in figures
    ]
    rows[0][-1] += f"; {coverage}"
    return "\n" + table(header, rows)


def interval_of(figure: Figure) -> str:
    """Return both ends of the interval, nothing where there is none."""
    return "" if figure.interval is None else span(figure.interval, lambda end: shown(figure, end))


def baseline_of(figure: Figure) -> str:
    """Return the baseline and whose answer it is."""
    return f"{shown(figure, figure.baseline)} ({figure.baseline_name})"


def shown(figure: Figure, value: float) -> str:
    """Return a value in the unit of its figure."""
    if figure.unit == "share":
        return percent(value)
    return f"{value:.2f} years" if figure.unit == "years" else f"{value:.3f}"


if __name__ == "__main__":
    run(main, Score, __doc__)
