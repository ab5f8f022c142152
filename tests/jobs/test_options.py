"""The options of all jobs: every number has bounds, which the command line enforces."""

import dataclasses
import importlib
import inspect
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from lib.infra.constraints import is_constrained
from tests.commands import refusal
from tests.nodes import REPOSITORY

JOBS = sorted(path.stem for path in (REPOSITORY / "jobs").glob("[a-z]*.py"))
ANY_NUMBER = {"seed"}  # of Python's own generator


def options_of(job: str) -> list[Any]:
    """Return the options of a job, and the options inside them."""
    module = importlib.import_module(f"jobs.{job}")
    found: list[Any] = [
        one for _, one in inspect.getmembers(module, dataclasses.is_dataclass) if one.__module__ == module.__name__
    ]
    assert found
    for options in found:
        hints = get_type_hints(options).values()
        found += [hint for hint in hints if dataclasses.is_dataclass(hint) and hint not in found]
    return found


def is_number(annotation: Any) -> bool:
    kinds = [annotation, *get_args(annotation)]
    return any(kind in (int, float) or get_args(kind)[:1] in ((int,), (float,)) for kind in kinds)


@pytest.mark.parametrize("job", JOBS)
def test_every_number_has_bounds(job: str) -> None:
    for options in options_of(job):
        for name, annotation in get_type_hints(options, include_extras=True).items():
            if name not in ANY_NUMBER and get_origin(annotation) is not type and is_number(annotation):
                assert is_constrained(annotation), f"{options.__name__}.{name}"


@pytest.mark.parametrize(
    ("job", "words", "sentence"),
    [
        ("train_per_artist", ("--artists", -5), "--artists is -5; it should be greater than 0"),
        ("train_per_artist", ("--gamma", "nan"), "--gamma is nan; it should be a finite number"),
        ("train_date_embedding", ("--out", "x", "--artists", 0), "--artists is 0; it should be greater than 0"),
        ("train_artist", ("--out", "x", "--epochs", 0), "--epochs is 0; it should be greater than 0"),
        ("train_pairs", ("--out", "x", "--dropout", 1), "--dropout is 1.0; it should be less than 1"),
        ("tune_comparator", ("--out", "x", "--minutes", "inf"), "--minutes is inf; it should be a finite number"),
        ("embed", ("--image-size", 0), "--image-size is 0; it should be greater than 0"),
        ("embed", ("--tiles", -1), "--tiles is -1; it should be greater than or equal to 0"),
    ],
)
def test_a_number_out_of_its_bounds_is_one_sentence(job: str, words: tuple[object, ...], sentence: str) -> None:
    assert refusal(job, "--dataset", "nowhere", *words) == f"error: {sentence}\n"


@pytest.mark.parametrize(
    ("short_side", "bound"), [(63, "greater than or equal to 64"), (4097, "less than or equal to 4096")]
)
def test_a_short_side_has_bounds(short_side: int, bound: str) -> None:
    words = ("--source", "csv", "--root", "nowhere", "--out", "x", "--short-side", short_side)
    assert refusal("ingest", *words) == f"error: --short-side is {short_side}; it should be {bound}\n"
