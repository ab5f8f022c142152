"""Selection of the works of a date embedding."""

import numpy as np
import pandas as pd

from lib.data.paintings import years_of
from lib.data.subsets import select_artists, select_subset
from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.dating.date_embedding.selection import Selection
from lib.dating.date_embedding.triplets import has_triplet
from lib.dating.kernel import NARROW
from lib.infra.errors import UserError

MAPPED = 10_000  # most works that maps show, of which UMAP takes half a minute
EVERYBODY = "all artists"  # the group of works whose neighbours may be by any artist


def choose_works(
    paintings: pd.DataFrame, *, selection: Selection, recipe: DateEmbeddingRecipe
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the selected works with a column `group`, and the reason for each artist that is skipped.

    paintings: painting_id, artist, earliest, latest, year, split. Works dated to a wide range are left out. group: the
    works among which a work's neighbours are searched: its artist's, or all of frequent_years (100 works of each of the
    15 most frequent years, as in the source study). Raises UserError where a split is empty or there is no triplet.
    """
    narrow = (years_of(paintings).widths <= NARROW) & (paintings["split"] != "apart").to_numpy()
    if not narrow.all():
        print(f"{(~narrow).sum()} works that are set apart or dated to more than {NARROW} years are left out")
    works = select(paintings[narrow], selection=selection)
    by_artist, by_year = recipe.batching == "artist", selection.data == "frequent_years"
    skipped = unusable_artists(works, recipe=recipe) if by_artist or not by_year else {}
    works = works[~works["artist"].isin(skipped)].reset_index(drop=True)
    if works.empty:
        reasons = "; ".join(f"{artist}: {reason}" for artist, reason in list(skipped.items())[:3])
        raise UserError(f"no artist is left to learn from ({reasons})")
    require_splits(works, recipe=recipe)
    return works.assign(group=EVERYBODY if by_year else works["artist"]), skipped


def select(paintings: pd.DataFrame, *, selection: Selection) -> pd.DataFrame:
    """Return the rows of the selected works."""
    match selection.data:
        case "frequent_years":
            return select_subset(paintings, name="15-years-100-works")
        case "artist":
            return select_subset(paintings, name="one-artist", artist=selection.artist)
        case "top_artists":
            return select_artists(paintings, artists=selection.artists)


def mapped_rows(works: pd.DataFrame) -> np.ndarray:
    """Return the row numbers of the works that maps show: all, or MAPPED drawn at random."""
    return np.sort(np.random.default_rng(0).permutation(len(works))[:MAPPED])


def unusable_artists(works: pd.DataFrame, *, recipe: DateEmbeddingRecipe) -> dict[str, str]:
    """Return the reason for each artist whose train works cannot be learned from."""
    smallest = recipe.batch_size if recipe.batching == "artist" else 0
    train = works[works["split"] == "train"]
    reasons = {
        str(artist): unusable(rows["year"].to_numpy(), smallest=smallest, recipe=recipe)
        for artist, rows in train.groupby("artist")
    }
    without_train = sorted(set(works["artist"]) - set(train["artist"]))
    return {artist: reason for artist, reason in reasons.items() if reason} | dict.fromkeys(
        without_train, "no works to learn from"
    )


def require_splits(works: pd.DataFrame, *, recipe: DateEmbeddingRecipe) -> None:
    """Raise UserError unless the train works can be learned from, and there are val and test works."""
    train = works["year"][works["split"] == "train"].to_numpy()
    reason = unusable(train, smallest=recipe.batch_size, recipe=recipe)
    if reason:
        raise UserError(f"nothing can be learned from these works: {reason}")
    missing = {"val", "test"} - set(works["split"])
    if missing:
        raise UserError(f"there are no {' and no '.join(sorted(missing))} works among those selected; select more")


def unusable(years: np.ndarray, *, smallest: int, recipe: DateEmbeddingRecipe) -> str | None:
    """Return why train works of these years cannot be learned from, None where they can."""
    if len(set(years.tolist())) < 2:
        return f"all {len(years)} train works are of the same year"
    if len(years) < smallest:
        return f"{len(years)} train works are fewer than a batch of {smallest}; choose a smaller --batch-size"
    if not has_triplet(years, close=recipe.close, far=recipe.far):
        return (
            f"{len(years)} train works hold no two within {recipe.close} years with a third {recipe.far} years or "
            "more away; choose another --close or --far"
        )
    return None
