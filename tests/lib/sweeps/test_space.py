from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from pydantic import Field
from ray import tune

from lib.infra.errors import UserError
from lib.sweeps.space import check_space, point_of, types_of, values_of


@dataclass
class Recipe:
    optimizer: Literal["adam", "sgd"]
    rate: Annotated[float, Field(gt=0)]
    depth: int


TYPES = types_of(Recipe)


@pytest.mark.parametrize(
    ("space", "sentence"),
    [
        ({"optimiser": tune.choice(["adam"])}, "'optimiser', which is no setting; did you mean optimizer"),
        ({"optimizer": tune.choice(["adam", "adamax"])}, "lets 'optimizer' be 'adamax'"),
        ({"rate": tune.uniform(-1, 1)}, "lets 'rate' be -1; it should be greater than 0"),
        ({"depth": 2.5}, "lets 'depth' be 2.5"),
    ],
)
def test_a_wrong_space_is_refused_by_name(space: dict, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        check_space(space, TYPES)


def test_a_good_space_passes() -> None:
    check_space({"optimizer": tune.choice(["adam", "sgd"]), "rate": tune.loguniform(1e-5, 1), "depth": 3}, TYPES)


def test_a_range_stands_for_its_ends_and_a_choice_for_its_values() -> None:
    assert values_of(tune.choice(["adam", "sgd"])) == ["adam", "sgd"]
    assert values_of(tune.loguniform(1e-5, 1)) == [1e-5, 1]
    assert values_of(tune.randint(1, 4)) == [1, 3]
    assert values_of(5) == [5]


def test_a_point_has_the_preferred_values_that_the_space_has() -> None:
    space = {"optimizer": tune.choice(["adam", "sgd"]), "rate": tune.uniform(0.1, 0.9), "depth": 3}
    assert point_of(space, {"optimizer": "sgd", "rate": 2.0, "depth": 4}) == {"optimizer": "sgd", "rate": 0.1}
