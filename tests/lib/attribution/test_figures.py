from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax

from lib.attribution.evaluate import HeldOutCalibration, measure
from lib.attribution.figures import (
    Described,
    by_artist,
    confusions,
    labels_of,
    study_protocol,
    unknown_by_size,
    votes_by_size,
)
from lib.reports.artist import write_report
from lib.training.plan import Plan
from lib.training.recipe import Recipe

ARTISTS = ["Ada", "Bo", "Cy"]


def answers(*named: int) -> np.ndarray:
    """Return probabilities of works that are taken to be by these artists."""
    return np.where(np.eye(3)[list(named)] == 1, 0.8, 0.1)


def test_the_worst_artist_comes_first_with_whom_it_is_taken_for() -> None:
    table = by_artist(answers(0, 0, 1, 2, 2, 0), np.array([0, 0, 1, 1, 1, 2]), ARTISTS)
    assert table["artist"].tolist() == ["Cy", "Bo", "Ada"]
    assert table["top1"].tolist() == pytest.approx([0, 1 / 3, 1])
    assert table["most_often"].tolist() == ["Ada", "Cy", ""]


def test_confusions_count_wrong_answers_only() -> None:
    wrong = confusions(answers(0, 2, 2, 1), np.array([0, 1, 1, 1]), ARTISTS)
    assert wrong.to_dict("records") == [{"artist": "Bo", "named": "Cy", "times": 2, "share": pytest.approx(2 / 3)}]


def test_artists_that_are_not_known_have_no_label() -> None:
    assert labels_of(pd.DataFrame({"artist": ["Bo", "Dot", "Ada"]}), ARTISTS).tolist() == [1, -1, 0]


def test_a_vote_of_more_works_is_right_more_often() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [30, 25, 5])
    named = np.where(random.random(60) < 0.55, labels, random.integers(0, 3, 60))
    votes = votes_by_size(answers(*named), labels)
    assert [row["size"] for row in votes] == list(range(1, 21))
    assert {row["artists"] for row in votes} == {2}
    assert votes[0]["accuracy"] < votes[19]["accuracy"]


def test_the_protocol_asks_the_first_and_the_last_artist_in_both_splits() -> None:
    labels, splits = np.array([0, 0, 0, 1, 1, 2]), np.array(["train", "test", "test", "train", "test", "test"])
    rows = study_protocol(answers(0, 0, 1, 1, 1, 0), labels, splits, ARTISTS)
    assert [(row["rank"], row["artist"], row["set"], row["works"]) for row in rows] == [
        (1, "Ada", "train", 1),
        (1, "Ada", "test", 2),
        (3, "Cy", "test", 1),
    ]
    assert rows[2]["named"] == "Ada"


def test_without_a_wrong_answer_there_are_no_confusions() -> None:
    assert confusions(answers(0, 1, 2), np.array([0, 1, 2]), ARTISTS).to_dict("records") == []


def test_larger_sets_tell_better_whether_their_artist_is_known() -> None:
    random = np.random.default_rng(0)
    artists = np.repeat(["Ada", "Bea", "Dot", "Eve"], 40)
    unknown = np.isin(artists, ["Dot", "Eve"])
    logits = random.normal(size=(160, 2))
    logits[:40, 0] += 1.5
    logits[40:80, 1] += 1.5
    rows = unknown_by_size(softmax(logits, axis=1), artists, unknown)
    assert [row["size"] for row in rows] == [1, 2, 3, 5, 10, 20]
    assert rows[0]["auroc"] < rows[-1]["auroc"] > 0.9
    assert (rows[0]["unknown_sets"], rows[0]["known_sets"]) == (40, 40)
    assert unknown_by_size(softmax(logits, axis=1), artists, np.zeros(160, dtype=bool)) == []


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
    none = np.zeros((len(labels), 0), dtype=np.float16)
    return Described(paintings=paintings, logits=4 * features[:, :3], textures=none, blocks=[])


def test_a_report_says_all_that_was_measured(tmp_path: Path) -> None:
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
    held_out = {"auroc": 0.8, "unknown_passed": 0.2, "known_rejected": 0.3, "unknown_works": 9, "known_works": 90}
    held_out_calibration = HeldOutCalibration(
        refused=0.2, figures=held_out, by_size=[{"size": 1, "auroc": 0.8}], artists=["Eve"]
    )
    made = made_up(unknown=40)
    metrics = measure(plan, {"history": [row]}, judged=made, final=made, held_out_calibration=held_out_calibration)
    assert metrics["test"]["n"] == 1000
    assert metrics["test"]["top1"] > 0.6 > metrics["test"]["majority_baseline"]
    assert metrics["calibration"]["error"] < metrics["calibration"]["error_uncalibrated"]
    assert metrics["unknown"]["test"]["unknown_works"] == 40
    assert metrics["unknown"]["test"]["auroc"] > 0.6

    write_report(metrics, out=tmp_path)
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    for told in ("worst", "commonest artist", "calibration error", "AUROC (test)", "protocol"):
        assert told in report
    for picture in ("learning_curves", "reliability", "accuracy_by_artist", "votes"):
        assert f"({picture}.png)" in report
        assert (tmp_path / f"{picture}.png").stat().st_size > 0
