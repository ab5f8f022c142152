"""The scorer as its users start it, with Ray and torch out of reach."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.data.catalogues import read_catalogue
from lib.data.columns import ColumnNames
from lib.data.paintings import read_part
from lib.data.rows import CatalogueOptions
from lib.data.splits import split_of_id
from tests.conftest import Trained
from tests.nodes import REPOSITORY
from tests.protocol import careers, write_catalogue

WITHOUT_RAY_AND_TORCH = """
import atexit, runpy, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("ray", "torch"):
            raise ModuleNotFoundError(f"No module named {name}", name=name)

sys.meta_path.insert(0, Missing())  # as if they were not installed
atexit.register(lambda: print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr))
runpy.run_module("benchmarks.score", run_name="__main__", alter_sys=True)
"""


def score(*words: object, code: str | None = None) -> subprocess.CompletedProcess[str]:
    start = ["-c", code] if code else ["-m", "benchmarks.score"]
    return subprocess.run(
        [sys.executable, *start, *map(str, words)], cwd=REPOSITORY, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_catalogue(tmp_path_factory.mktemp("catalogue") / "all_data_info.csv", careers(8, 70))


@pytest.mark.parametrize("task", ["order", "date", "artist", "verify"])
def test_questions_are_written_and_their_answers_scored_without_ray_and_torch(
    catalogue: Path, tmp_path: Path, task: str
) -> None:
    questions, answers = tmp_path / "new" / "questions.csv", tmp_path / "answers.csv"
    asked = score("--task", task, "--catalogue", catalogue, "--questions", questions, code=WITHOUT_RAY_AND_TORCH)
    assert asked.returncode == 0, asked.stderr
    table = pd.read_csv(questions)
    random = np.random.default_rng(0).random(len(table))
    table.assign(score=random, year=1850 + random, artist="Painter 01").to_csv(answers, index=False)
    scored = score("--task", task, "--catalogue", catalogue, "--answers", answers, code=WITHOUT_RAY_AND_TORCH)
    assert scored.returncode == 0, scored.stderr
    loaded = set(scored.stderr.split())
    assert {"lib", "pandas"} <= loaded and not loaded & {"ray", "torch"}
    assert "test works (100.0 %)" in scored.stdout
    assert "| figure | value | 95 % interval over artists | baseline | cases |" in scored.stdout


def test_a_wrong_answer_ends_with_one_sentence(catalogue: Path, tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text("painting_id,score\n1.jpg,early\n")
    ended = score("--task", "order", "--catalogue", catalogue, "--answers", tmp_path / "answers.csv")
    assert (ended.returncode, ended.stdout.count("|")) == (2, 0)
    assert ended.stderr.startswith("error: row 1 of ") and ended.stderr.count("\n") == 1


def test_without_anything_to_do_the_scorer_says_so(catalogue: Path) -> None:
    ended = score("--task", "order", "--catalogue", catalogue)
    assert (ended.returncode, ended.stderr) == (
        2,
        "error: nothing to do: give --answers, or --splits or --questions to write\n",
    )


def test_ingest_reads_the_splits_as_a_catalogue(catalogue: Path, tmp_path: Path) -> None:
    ended = score("--task", "verify", "--catalogue", catalogue, "--splits", tmp_path / "splits.csv")
    assert ended.returncode == 0, ended.stderr
    splits = pd.read_csv(tmp_path / "splits.csv").set_index("new_filename")["split"]
    for name in splits.index[:50]:
        (tmp_path / name).touch()
    options = CatalogueOptions(catalogue=tmp_path / "splits.csv", columns=ColumnNames(split="split"))
    paintings = read_catalogue("painter-by-numbers", tmp_path, options).paintings.set_index("painting_id")
    assert paintings["catalogue_split"].to_dict() == splits[:50].to_dict()
    assert set(splits) == {"train", "val", "test"}


def answer(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.answers", *map(str, words)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300)


def test_models_answer_what_they_have_not_learned_from(trained: Trained, tmp_path: Path) -> None:
    parts = sorted((trained.dataset / "paintings").glob("part-*.parquet"))
    works = pd.concat([read_part(part, columns=["painting_id", "split"]).to_pandas() for part in parts])
    is_fair = (works["split"] == "test") | (works["painting_id"].map(split_of_id) != "test")
    assert 0 < is_fair.sum() < len(works)
    (tmp_path / "fair.txt").write_text("\n".join(works["painting_id"][is_fair]))
    answers = tmp_path / "answers.csv"
    task = ("--task", "artist", "--catalogue", trained.catalogue / "all_data_info.csv")
    made = ("--dataset", trained.dataset, "--models", trained.models, "--out", answers)
    unfair = answer(*task, *made)
    assert unfair.returncode == 2 and "may have learned from" in unfair.stderr, unfair.stderr
    subset = ("--subset", tmp_path / "fair.txt")
    fair = answer(*task, *made, *subset)
    assert fair.returncode == 0, fair.stderr
    scored = score(*task, *subset, "--answers", answers)
    assert scored.returncode == 0, scored.stderr
    share = next(line for line in scored.stdout.splitlines() if line.startswith("| top-1 "))
    assert float(share.split("|")[2].removesuffix("% ")) > 60, share
