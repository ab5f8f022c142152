from dataclasses import dataclass, field

import pytest
import tyro

from lib.infra.cli import parse
from lib.infra.errors import UserError
from lib.training.recipe import Recipe


@dataclass
class Options:
    recipe: tyro.conf.OmitArgPrefixes[Recipe] = field(default_factory=Recipe)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--epochs", "0"], "--epochs is 0; it should be greater than 0"),
        (["--warm-up", "1.5"], "--warm-up is 1.5; it should be less than or equal to 1"),
        (["--decay-epochs", "3", "0"], "--decay-epochs is 0; it should be greater than 0"),
    ],
)
def test_the_command_line_refuses_what_breaks_a_constraint(words: list[str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        parse(Options, words)


def test_the_command_line_sets_hyper_parameters() -> None:
    options = parse(Options, ["--decay-epochs", "3", "5", "--optimizer", "sgd"])
    assert options.recipe == Recipe(decay_epochs=(3, 5), optimizer="sgd")
