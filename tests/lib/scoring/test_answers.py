from pathlib import Path

import pandas as pd
import pytest

from lib.infra.errors import UserError
from lib.scoring.answers import read_answers
from lib.scoring.tasks import Task

WORKS = pd.DataFrame({"painting_id": ["1.jpg", "2.jpg"]})
PAIRS = pd.DataFrame({"first": ["1.jpg", "1.jpg"], "second": ["2.jpg", "3.jpg"]})
ARTISTS = {"Claude Monet", "Edgar Degas"}


def read(folder: Path, task: Task, text: str) -> pd.DataFrame:
    path = folder / "answers.csv"
    path.write_text(text, encoding="utf-8")
    return read_answers(path, task, asked=PAIRS if task == "verify" else WORKS, artists=ARTISTS)


def test_answers_come_in_the_order_of_the_questions_without_other_columns(tmp_path: Path) -> None:
    answers = read(tmp_path, "date", "note,year,painting_id,low,high\na,1870,2.jpg,1860,1880\nb,-5.5,1.jpg,-6,-5.5\n")
    assert answers.to_dict("list") == {"year": [-5.5, 1870], "low": [-6, 1860], "high": [-5.5, 1880]}


def test_ranked_artists_may_end_early(tmp_path: Path) -> None:
    answers = read(
        tmp_path, "artist", "painting_id,artist,artist_2\n1.jpg,Claude Monet,\n2.jpg,Edgar Degas,Claude Monet\n"
    )
    assert answers["artist"].tolist() == ["Claude Monet", "Edgar Degas"]
    assert answers["artist_2"].isna().tolist() == [True, False]


def test_pairs_are_answered_in_the_order_in_which_they_are_asked(tmp_path: Path) -> None:
    answers = read(tmp_path, "verify", "first,second,probability\n1.jpg,3.jpg,1\n1.jpg,2.jpg,0\n")
    assert answers["probability"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("task", "text", "sentence"),
    [
        ("order", "painting_id,year\n1.jpg,1\n2.jpg,1\n", "has no column score, which the task order needs"),
        ("date", "year\n1870\n", "has no column painting_id"),
        ("date", "painting_id,year,low\n1.jpg,1,1\n2.jpg,1,1\n", "has no column high"),
        ("verify", "first,second,p\n1.jpg,2.jpg,1\n", "has no column score"),
        ("verify", "first,second,score,probability\n1.jpg,2.jpg,1,1\n", "leave one of them out"),
        ("order", "painting_id,score\n1.jpg,1\n9.jpg,1\n", "row 2 of .* answers '9.jpg', which is not asked"),
        ("order", "painting_id,score\n1.jpg,1\n1.jpg,1\n2.jpg,1\n", "row 2 of .* answers '1.jpg' a second time"),
        ("order", "painting_id,score\n2.jpg,1\n", "no answer to '1.jpg': 1 of 2 are missing"),
        ("order", "painting_id,score\n", "no answer to '1.jpg': 2 of 2 are missing"),
        ("order", "painting_id,score\n1.jpg,1\n2.jpg,late\n", "row 2 of .*'2.jpg': the score is 'late', not a finite"),
        ("order", "painting_id,score\n1.jpg,nan\n2.jpg,1\n", "row 1 of .*'1.jpg': the score is 'nan'"),
        ("order", "painting_id,score\n1.jpg,1\n2.jpg,inf\n", "row 2 of .* the score is 'inf'"),
        ("order", "painting_id,score\n1.jpg,\n2.jpg,1\n", "row 1 of .* the score is empty"),
        ("date", "painting_id,year,low,high\n1.jpg,5,1,9\n2.jpg,5,6,9\n", "row 2 .* year outside its low to high"),
        ("artist", "painting_id,artist\n1.jpg,Claude Monnet\n2.jpg,Edgar Degas\n", "row 1 .*did you mean Claude Monet"),
        ("artist", "painting_id,artist\n1.jpg,\n2.jpg,Edgar Degas\n", "row 1 of .* the artist is empty"),
        (
            "verify",
            "first,second,score\n2.jpg,1.jpg,1\n1.jpg,3.jpg,1\n",
            "row 1 .* answers '2.jpg and 1.jpg', which",
        ),
        ("verify", "first,second,probability\n1.jpg,2.jpg,1.5\n1.jpg,3.jpg,1\n", "row 1 .* a probability outside 0"),
        ("order", "painting_id,score\n1.jpg,1,2\n", "cannot read the answers .* line 2"),
        ("order", "", "cannot read the answers"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_row(tmp_path: Path, task: Task, text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        read(tmp_path, task, text)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read the answers .*none.csv"):
        read_answers(tmp_path / "none.csv", "order", asked=WORKS, artists=ARTISTS)
