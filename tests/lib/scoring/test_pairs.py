import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from lib.scoring.pairs import draw_pairs

artists_of_works = st.lists(st.integers(0, 5), min_size=2, max_size=60)


def works_of(artists: list[int]) -> pd.DataFrame:
    ids = [f"{row}.jpg" for row in range(len(artists))]
    return pd.DataFrame({"painting_id": ids, "artist": map(str, artists), "unseen": [a >= 4 for a in artists]})


@given(artists_of_works)
def test_pairs_are_what_they_say_and_none_occurs_twice(artists: list[int]) -> None:
    works = works_of(artists)
    pairs, by_id = draw_pairs(works), works.set_index("painting_id")
    first, second = by_id.loc[pairs["first"]], by_id.loc[pairs["second"]]
    assert ((first["artist"].to_numpy() == second["artist"].to_numpy()) == pairs["same"].to_numpy()).all()
    assert (first["unseen"].to_numpy() == pairs["unseen"].to_numpy()).all()
    assert (second["unseen"].to_numpy() == pairs["unseen"].to_numpy()).all()
    assert (pairs["first"] != pairs["second"]).all()
    assert len({frozenset(pair) for pair in zip(pairs["first"], pairs["second"], strict=True)}) == len(pairs)


@given(artists_of_works, st.randoms())
def test_the_order_of_the_catalogue_does_not_matter(artists: list[int], random: object) -> None:
    works = works_of(artists)
    rows = list(works.index)
    random.shuffle(rows)  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(draw_pairs(works), draw_pairs(works.loc[rows]))


def test_half_of_the_pairs_are_by_one_artist_and_works_count_alike() -> None:
    pairs = draw_pairs(works_of([number % 6 for number in range(240)]))
    for _, group in pairs.groupby("unseen"):
        assert group["same"].mean() == 0.5
        same = group[group["same"]]
        counts = pd.concat([same["first"], same["second"]]).value_counts()
        assert counts.between(5, 10).all()
