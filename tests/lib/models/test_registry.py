from pathlib import Path

import pytest
from mlflow import MlflowClient

from lib.infra import tracking
from lib.models.registry import register_if_better


@pytest.mark.usefixtures("tracking_store")
def test_the_champion_changes_only_for_a_better_version_of_the_same_dataset(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")

    def register(dataset: str, val_top1: float) -> tuple[str, bool]:
        with tracking.run("a model", experiment="registry"):
            return register_if_better(tmp_path, model="painters", dataset=dataset, val_top1=val_top1)

    assert register("one", 0.5) == ("1", True)
    assert register("one", 0.4) == ("2", False)
    assert register("one", 0.6) == ("3", True)
    assert register("another", 0.9) == ("4", False)
    champion = MlflowClient().get_model_version_by_alias("painters", "champion")
    assert str(champion.version) == "3"
