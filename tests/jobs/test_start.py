"""Jobs answer at once: their options need none of the libraries that the work needs."""

from tests.nodes import REPOSITORY
from tests.test_imports import loaded_by

HEAVY = {"torch", "torchvision", "timm", "ray", "mlflow", "sklearn", "scipy", "pandas", "pyarrow", "matplotlib"}
JOBS = sorted(path.stem for path in (REPOSITORY / "jobs").glob("[a-z]*.py"))


def test_the_options_of_all_jobs_load_no_heavy_library() -> None:
    loaded = loaded_by("\n".join([*(f"import jobs.{job}" for job in JOBS), "import oeuvre.__main__, serve.run"]))
    assert {"tyro", "pydantic"} <= loaded
    assert not loaded & HEAVY
