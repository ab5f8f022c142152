from dataclasses import replace

import pandas as pd
import pytest

from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.dating.date_embedding.selection import Selection
from lib.dating.date_embedding.works import EVERYBODY, choose_works
from lib.infra.errors import UserError

RECIPE = DateEmbeddingRecipe(batch_size=8, close=2, far=5)


def paintings(**years: list[int]) -> pd.DataFrame:
    rows = [(f"{artist} {n}", artist, year) for artist, career in years.items() for n, year in enumerate(career)]
    frame = pd.DataFrame(rows, columns=["painting_id", "artist", "year"])
    frame = frame.assign(earliest=frame["year"], latest=frame["year"])
    return frame.assign(split=[["train", "train", "train", "val", "test"][n % 5] for n in range(len(frame))])


CAREER = [1880 + n % 20 for n in range(40)]


def test_artists_that_cannot_be_learned_from_are_skipped_with_the_reason() -> None:
    catalogue = paintings(
        Career=CAREER, Still=[1900] * 40, Few=[1880, 1890] * 5, Brief=[1880 + n % 3 for n in range(40)]
    )
    works, skipped = choose_works(catalogue, selection=Selection(artists=4), recipe=RECIPE)
    assert set(works["artist"]) == set(works["group"]) == {"Career"}
    assert "of the same year" in skipped["Still"]
    assert "6 train works are fewer than a batch of 8" in skipped["Few"]
    assert "no two within 2 years with a third 5 years or more away" in skipped["Brief"]
    mixed = replace(RECIPE, batching="random")
    works, skipped = choose_works(catalogue, selection=Selection(artists=4), recipe=mixed)
    assert set(works["artist"]) == {"Career", "Few"}


def test_works_of_the_most_frequent_years_look_for_neighbours_among_all() -> None:
    works, skipped = choose_works(
        paintings(A=CAREER, B=CAREER), selection=Selection(data="frequent_years"), recipe=RECIPE
    )
    assert (works["group"] == EVERYBODY).all()
    assert works["year"].nunique() == 15
    assert not skipped


@pytest.mark.parametrize(
    ("catalogue", "recipe", "sentence"),
    [
        (paintings(Still=[1900] * 40), RECIPE, "no artist is left to learn from .*of the same year"),
        (
            paintings(A=CAREER),
            replace(RECIPE, batching="random", batch_size=99),
            "24 train works are fewer than a batch",
        ),
        (paintings(A=CAREER[:20], B=CAREER[:20]).assign(split="train"), RECIPE, "no test and no val works"),
        (paintings(A=CAREER).assign(split="test"), RECIPE, "no works to learn from"),
    ],
)
def test_degenerate_catalogues_are_one_sentence(
    catalogue: pd.DataFrame, recipe: DateEmbeddingRecipe, sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        choose_works(catalogue, selection=Selection(artists=5), recipe=recipe)
