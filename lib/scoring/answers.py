"""Answers as a CSV: read, and checked against what a task asks, so that no figure leaves out what was not answered."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lib.data.tables.delimited import read_delimited
from lib.data.tables.table import TableError
from lib.infra.errors import UserError, did_you_mean, first_line
from lib.infra.paths import read_bytes
from lib.scoring.tasks import Task

RANKED = ("artist", "artist_2", "artist_3", "artist_4", "artist_5")  # columns of the task artist, the likeliest first


def key_columns(task: Task) -> list[str]:
    """Return the columns that say which question a row answers."""
    return ["first", "second"] if task == "verify" else ["painting_id"]


def read_answers(path: Path, task: Task, *, asked: pd.DataFrame, artists: Collection[str]) -> pd.DataFrame:
    """Return the answers to `asked`, in its order: numbers as float64, columns that are no answer left out.

    asked: with the key columns of the task. artists: names that may be answered. Raises UserError, one sentence that
    names the row, unless each question has one valid answer and no other is answered.
    """
    table, keys = _read_table(path), key_columns(task)
    columns = _answer_columns(task, table, path=path)
    questions = _questions(table, keys)
    wanted = _questions(asked, keys)
    _require_all(questions, wanted, path=path)
    answers = table[columns].set_axis(pd.Index(questions), axis="index")
    for column in columns:
        if task == "artist":
            _require_artists(answers[column], artists, path=path)
        else:
            answers[column] = _numbers(answers[column], path=path)
    if "low" in columns:
        bad = ~answers["year"].between(answers["low"], answers["high"])
        _refuse_row(bad, path, "has a year outside its low to high")
    if "probability" in columns:
        _refuse_row(~answers["probability"].between(0, 1), path, "has a probability outside 0 to 1")
    return answers.loc[wanted].reset_index(drop=True)


def _read_table(path: Path) -> pd.DataFrame:
    try:
        return read_delimited(read_bytes(path)).frame
    except (OSError, TableError) as error:
        raise UserError(f"cannot read the answers {path}: {first_line(error)}") from error


def _answer_columns(task: Task, table: pd.DataFrame, *, path: Path) -> list[str]:
    """Return the columns of `table` that hold answers. Raises UserError where one is missing."""
    there = set(table.columns)
    optional: Sequence[str] = ()
    if task == "date":
        needed = ["year", "low", "high"] if there & {"low", "high"} else ["year"]
    elif task == "verify":
        if {"score", "probability"} <= there:
            raise UserError(f"{path} has the columns score and probability; leave one of them out")
        needed = ["probability"] if "probability" in there else ["score"]
    elif task == "artist":
        needed, optional = ["artist"], RANKED[1:]
    else:
        needed = ["score"]
    missing = [name for name in [*key_columns(task), *needed] if name not in there]
    if missing:
        found = ", ".join(map(str, table.columns))
        raise UserError(f"{path} has no column {', '.join(missing)}, which the task {task} needs; it has {found}")
    return [*needed, *(name for name in optional if name in there)]


def _questions(table: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """Return what each row answers, as a text that errors can show."""
    return [" and ".join(row) for row in table[list(keys)].fillna("").itertuples(index=False, name=None)]


def _require_all(questions: Sequence[str], wanted: Sequence[str], *, path: Path) -> None:
    """Raise UserError unless the questions are the wanted ones, in any order."""
    open_questions, known = dict.fromkeys(wanted), set(wanted)
    for row, question in enumerate(questions, start=1):
        if question not in known:
            raise UserError(f"row {row} of {path} answers {question!r}, which is not asked; --questions lists what is")
        if question not in open_questions:
            raise UserError(f"row {row} of {path} answers {question!r} a second time; give one answer")
        del open_questions[question]
    if open_questions:
        first, missing = next(iter(open_questions)), len(open_questions)
        raise UserError(
            f"{path} has no answer to {first!r}: {missing:,} of {len(wanted):,} are missing; answer all, or score a"
            " --subset of the works whose pictures you have"
        )


def _numbers(values: pd.Series, *, path: Path) -> pd.Series:
    """Return texts as finite float64, with the same index. Raises UserError for any other text."""
    numbers = pd.to_numeric(values, errors="coerce").astype(np.float64)
    bad = ~np.isfinite(numbers)
    if bad.any():
        row = int(np.argmax(bad))
        shown = "is empty" if pd.isna(values.iloc[row]) else f"is {values.iloc[row]!r}, not a finite number"
        raise UserError(f"row {row + 1} of {path}, {values.index[row]!r}: the {values.name} {shown}")
    return numbers


def _require_artists(values: pd.Series, artists: Collection[str], *, path: Path) -> None:
    """Raise UserError where a value is no artist of the catalogue, or the first one is empty."""
    bad = ~values.isin(list(artists)) & (values.notna() | (values.name == RANKED[0]))
    if bad.any():
        row = int(np.argmax(bad))
        value = values.iloc[row]
        shown = (
            "is empty" if pd.isna(value) else f"is {value!r}, nobody in the catalogue; {did_you_mean(value, artists)}"
        )
        raise UserError(f"row {row + 1} of {path}, {values.index[row]!r}: the {values.name} {shown}")


def _refuse_row(bad: pd.Series, path: Path, what: str) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise UserError(f"row {row + 1} of {path}, {bad.index[row]!r}, {what}")
