from pathlib import Path

import pandas as pd
import pytest

from lib.infra.errors import UserError
from lib.sweeps.plots import study_bars
from lib.sweeps.protocol import best_trials, study_report
from lib.sweeps.results import Trial

RESNET = {"architecture": "resnet18", "weights": "none", "trainable": "all"}
LITE = {"architecture": "efficientnet_lite0", "weights": "/weights/lite.pth", "trainable": "head"}


def trial(network: dict[str, str], value: float | None, *, error: str | None = None) -> Trial:
    return Trial(settings=network, value=value, steps=1, seconds=2.0, error=error)


def test_the_best_trial_of_each_network_is_one_that_did_not_fail() -> None:
    good, better = trial(RESNET, 0.4), trial(RESNET, 0.5)
    failed, other = trial(RESNET, 0.9, error="out of memory"), trial(LITE, 0.1)
    assert best_trials([good, failed, better, other], [RESNET, LITE]) == [better, other]


def test_a_network_whose_trials_all_failed_is_one_sentence() -> None:
    with pytest.raises(UserError, match="all trials of resnet18, from scratch, all failed, one with out of memory"):
        best_trials([trial(RESNET, None, error="out of memory")], [RESNET])


def comparison() -> pd.DataFrame:
    rows = [
        ("1-optimizers", "lite", "adam", "step", 0.5),
        ("1-optimizers", "lite", "sgd", "step", None),
        ("2-schedulers", "lite", "adam", "step", 0.5),
        ("3-networks", "lite", "adam", "step", 0.5),
        ("3-networks", "lite", "adam", "step", 0.7),
    ]
    return pd.DataFrame(rows, columns=["stage", "network", "optimizer", "scheduler", "top1"]).assign(seconds=3.0)


def test_the_report_compares_each_stage() -> None:
    lines = study_report(comparison(), objective="top1", baseline=0.2, works=50).splitlines()
    assert "Always naming the commonest artist: 20.0 %." in lines[2]
    assert "| network | adam | sgd |" in lines
    assert "| lite | 50.0 % | – |" in lines
    assert "| lite | adam | step | 60.0 % | 50.0 % to 70.0 % | 2 | 3 s |" in lines


def test_the_picture_has_a_panel_for_each_stage(tmp_path: Path) -> None:
    figure = study_bars(comparison(), objective="top1", baseline=0.2)
    figure.savefig(tmp_path / "study.png")
    assert [axes.get_title() for axes in figure.axes] == ["by optimizer", "by scheduler", "by network"]
