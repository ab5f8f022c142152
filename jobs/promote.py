"""python jobs/promote.py --models models

Register a models folder in MLflow as a new version of the model `oeuvre` and give it the alias champion. Services that
follow the champion load it without a restart.
"""

from dataclasses import dataclass
from pathlib import Path

from lib.infra.cli import run
from lib.models.folders import require_models


@dataclass
class Promote:
    """Options of jobs/promote.py."""

    models: Path = Path("models")
    """Folder written by jobs/train_per_artist.py."""


def main(config: Promote) -> None:
    """Register the folder. Raises UserError where it holds no models that belong together."""
    require_models(config.models)
    from lib.infra import tracking
    from lib.models.registry import CHAMPION, EXPERIMENT, MODEL, register_champion

    tracking.use_experiment(EXPERIMENT)
    version = register_champion(config.models)
    print(f"{config.models} is version {version} of {MODEL} and its {CHAMPION}")


if __name__ == "__main__":
    run(main, Promote, __doc__)
