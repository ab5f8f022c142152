from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.attribution.describe import Described, labels_of
from lib.attribution.evaluate import measure, study_protocol, votes_by_size
from lib.attribution.mistakes import Confusion, by_artist, confusions
from lib.reports.artist import write_report
from lib.training.plan import Plan
from lib.training.recipe import Recipe

ARTISTS = ["Ada", "Bo", "Cy"]


def answers(*named: int) -> np.ndarray:
    """Return probabilities of works that are taken to be by these artists."""
    return np.where(np.eye(3)[list(named)] == 1, 0.8, 0.1)


def test_the_worst_artist_comes_first_with_its_commonest_mistake() -> None:
    rows = by_artist(answers(0, 0, 1, 2, 2, 0), np.array([0, 0, 1, 1, 1, 2]), ARTISTS)
    assert [row.artist for row in rows] == ["Cy", "Bo", "Ada"]
    assert [row.top1 for row in rows] == pytest.approx([0, 1 / 3, 1])
    assert [row.most_often for row in rows] == ["Ada", "Cy", ""]


def test_confusions_count_wrong_answers_only() -> None:
    wrong = confusions(answers(0, 2, 2, 1), np.array([0, 1, 1, 1]), ARTISTS)
    assert wrong == [Confusion(artist="Bo", named="Cy", times=2, share=pytest.approx(2 / 3))]


def test_artists_that_are_not_known_have_no_label() -> None:
    assert labels_of(pd.DataFrame({"artist": ["Bo", "Dot", "Ada"]}), ARTISTS).tolist() == [1, -1, 0]


def test_a_vote_of_more_works_is_right_more_often() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [30, 25, 5])
    named = np.where(random.random(60) < 0.55, labels, random.integers(0, 3, 60))
    votes = votes_by_size(answers(*named), labels)
    assert [row.size for row in votes] == list(range(1, 21))
    assert {row.artists for row in votes} == {2}
    assert votes[0].accuracy < votes[19].accuracy


def test_the_protocol_asks_the_first_and_the_last_artist_in_both_splits() -> None:
    labels, splits = np.array([0, 0, 0, 1, 1, 2]), np.array(["train", "test", "test", "train", "test", "test"])
    rows = study_protocol(answers(0, 0, 1, 1, 1, 0), labels, splits, ARTISTS)
    assert [(row.rank, row.artist, row.set, row.works) for row in rows] == [
        (1, "Ada", "train", 1),
        (1, "Ada", "test", 2),
        (3, "Cy", "test", 1),
    ]
    assert rows[2].named == "Ada"


def test_without_a_wrong_answer_there_are_no_confusions() -> None:
    assert confusions(answers(0, 1, 2), np.array([0, 1, 2]), ARTISTS) == []


def made_up(*, unknown: int) -> Described:
    """Return 3,000 works of three artists, and some of a fourth in test, as a fair network would see them."""
    random = np.random.default_rng(1)
    labels = np.concatenate([random.integers(0, 3, 3000), np.full(unknown, 3)])
    splits = np.concatenate([np.resize(["train", "val", "test"], 3000), np.full(unknown, "test")])
    features = random.normal(size=(len(labels), 4))
    features[np.arange(len(labels)), labels] += 2
    paintings = pd.DataFrame(
        {
            "painting_id": [f"{row:04}" for row in range(len(labels))],
            "artist": np.array([*ARTISTS, "Dot"])[labels],
            "split": splits,
        }
    )
    return Described(paintings=paintings, logits=4 * features[:, :3])


def test_a_report_shows_all_figures(tmp_path: Path) -> None:
    plan = Plan(
        dataset=tmp_path,
        fingerprint="made up",
        architecture="resnet18",
        weights="none",
        trainable="all",
        fold=False,
        views=0,
        artists=ARTISTS,
        recipe=Recipe(),
    )
    row = {"epoch": 1, "train_loss": 1.0, "train_top1": 0.4, "val_loss": 1.0, "val_top1": 0.5}
    made = made_up(unknown=40)
    figures = measure(plan, {"history": [row]}, weights=(0.7, 0.4), first=made, final=made)
    assert figures.test.n == 1000
    assert figures.test.top1 > 0.6 > figures.test.majority_baseline
    assert figures.calibration.error < figures.calibration.error_uncalibrated
    assert figures.as_json()["weights"] == [0.7, 0.4]

    write_report(figures, out=tmp_path)
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    for words in ("worst", "commonest artist", "calibration error", "0.70, 0.40", "protocol"):
        assert words in report
    for picture in ("learning_curves", "reliability", "accuracy_by_artist", "votes"):
        assert f"({picture}.png)" in report
        assert (tmp_path / f"{picture}.png").stat().st_size > 0
