import os
import signal
import subprocess
import sys
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from jobs import train_per_artist, tune_comparator
from lib.data.dataset import Dataset
from lib.dating.kernel import Kernel
from lib.infra.atomic import read_json
from lib.infra.bundles import read_metadata
from lib.infra.cli import parse
from lib.infra.errors import UserError
from lib.models.store import StyleMetadata
from lib.models.train import ensure_style_space
from tests.embedded import write_embedded
from tests.waiting import wait_for


@pytest.mark.usefixtures("tracking_store", "ray_cluster")
def test_the_best_settings_are_those_that_training_takes(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    write_embedded(tmp_path / "dataset", artists=3, works=50)
    sweep = tmp_path / "sweep"
    tune_comparator.main(tune_comparator.TuneComparator(dataset=tmp_path / "dataset", out=sweep, trials=3))
    assert "pair accuracy" in capsys.readouterr().out
    best = read_json(sweep / "best.json")
    trials = pd.read_csv(sweep / "trials.csv")
    assert len(trials) == 3
    assert trials["pair_accuracy"].iloc[0] > 0.8  # these careers are easy to follow
    arguments = ["--dataset", tmp_path / "dataset", "--models", tmp_path / "models", "--config", sweep / "best.json"]
    options = parse(train_per_artist.TrainPerArtist, list(map(str, arguments)))
    works = Dataset.open(options.dataset).embedded_works().outside_test()
    provenance = train_per_artist.provenance_of(options, works.manifest)
    ensure_style_space(options.models, works, provenance=provenance)
    style = read_metadata(tmp_path / "models" / "style", StyleMetadata)
    assert style is not None
    assert style.kernel == Kernel(gamma=best["gamma"], noise=best["noise"])
    assert style.provenance.tilt == best["tilt"]


def test_too_few_works_are_one_sentence(tmp_path: Path) -> None:
    write_embedded(tmp_path / "dataset", artists=2, works=10)
    with pytest.raises(UserError, match="no artist of .* has 30 works of several years"):
        tune_comparator.main(tune_comparator.TuneComparator(dataset=tmp_path / "dataset", out=tmp_path / "sweep"))


@pytest.mark.slow
def test_a_sweep_that_was_stopped_goes_on(tmp_path: Path, tracking_store: Path) -> None:
    write_embedded(tmp_path / "dataset", artists=3, works=50)
    command = [
        sys.executable,
        "jobs/tune_comparator.py",
        "--dataset",
        tmp_path / "dataset",
        "--out",
        tmp_path / "sweep",
    ]
    command += ["--trials", "8"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as job:
        assert job.stdout is not None
        for line in job.stdout:
            if line.startswith("trial 2 of 8"):
                job.send_signal(signal.SIGINT)
                break
        assert job.wait() == 130
    assert not (tmp_path / "sweep" / "best.json").exists()
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "resuming the sweep" in ended.stdout
    assert ended.stdout.count("\ntrial ") <= 6
    assert len(pd.read_csv(tmp_path / "sweep" / "trials.csv")) == 8


def finished_trials(sweep: Path) -> int:
    """Return how many trials have ended by the newest state that Ray Tune has written."""
    states = sorted((sweep / "trials").glob("experiment_state-*.json"))
    return states[-1].read_text(errors="replace").count("TERMINATED") if states else 0


@pytest.mark.slow
def test_a_killed_sweep_goes_on_and_repeats_no_finished_trial(tmp_path: Path, tracking_store: Path) -> None:
    write_embedded(tmp_path / "dataset", artists=3, works=50)
    out = tmp_path / "sweep"
    command = [sys.executable, "jobs/tune_comparator.py", "--dataset", str(tmp_path / "dataset"), "--out", str(out)]
    command += ["--trials", "40"]
    job = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    wait_for(lambda: finished_trials(out) >= 3, during=job)
    finished = finished_trials(out)
    os.killpg(job.pid, signal.SIGKILL)
    job.wait()
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("\ntrial ") <= 40 - finished
    assert len(pd.read_csv(out / "trials.csv")) == 40
    filters = f"tags.`mlflow.parentRunId` = '{read_json(out / 'sweep.json')['run']}'"
    runs = mlflow.search_runs(search_all_experiments=True, filter_string=filters, output_format="list")
    assert {run.info.status for run in runs} <= {"FINISHED", "KILLED"}
