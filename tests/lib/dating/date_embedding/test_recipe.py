import pytest

from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.infra.errors import UserError


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"close": 5, "far": 5}, "close is 5 and far is 5; far must be greater than close"),
        ({"epochs": 0}, "--epochs is 0; it should be greater than 0"),
        ({"dropout": 1.0}, "--dropout is 1.0; it should be less than 1"),
        ({"miner": "easy"}, "--miner is easy; it should be 'all', 'hard' or 'semihard'"),
    ],
)
def test_settings_that_nothing_can_be_trained_with_are_refused(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        DateEmbeddingRecipe(**settings)  # type: ignore[arg-type]
