from pathlib import Path

import pandas as pd
import pytest
from ray import tune

from jobs import tune_date_embedding
from jobs.train_date_embedding import TrainDateEmbedding
from lib.infra.atomic import read_json
from lib.infra.cli import parse
from lib.infra.errors import UserError
from tests.embedded import write_embedded
from tune_spaces import date_embedding as spaces


@pytest.mark.usefixtures("tracking_store", "ray_cluster")
def test_the_best_settings_are_those_that_training_takes(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    write_embedded(tmp_path / "dataset", artists=3, works=60)
    sweep = tmp_path / "sweep"
    tune_date_embedding.main(
        tune_date_embedding.TuneDateEmbedding(dataset=tmp_path / "dataset", out=sweep, trials=2, epochs=2)
    )
    assert "years less error than the median year" in capsys.readouterr().out
    assert len(pd.read_csv(sweep / "trials.csv")) == 2
    best = read_json(sweep / "best.json")
    paths = ["--dataset", str(tmp_path / "dataset"), "--out", str(tmp_path), "--config", str(sweep / "best.json")]
    options = parse(TrainDateEmbedding, paths)
    assert {name: getattr(options.recipe, name) for name in best} == best
    assert best["epochs"] == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"clsoe": tune.choice([1])}, "'clsoe', which is no setting; did you mean close"),
        ({"miner": tune.choice(["easy"])}, "lets 'miner' be 'easy'"),
        ({"close": tune.choice([1, 7])}, "lets 'close' be 7 and 'far' 6; every far must be greater than every close"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused(
    change: dict[str, object], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_embedded(tmp_path / "dataset", artists=1, works=2)
    monkeypatch.setattr(spaces, "SPACE", {**spaces.SPACE, **change})
    with pytest.raises(UserError, match=sentence):
        tune_date_embedding.main(
            tune_date_embedding.TuneDateEmbedding(dataset=tmp_path / "dataset", out=tmp_path / "sweep")
        )
