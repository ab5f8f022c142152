"""The works that metric learning is about, and the reasons for those it leaves out."""

from typing import Literal

import numpy as np
import pandas as pd

from lib.data.subsets import select_artists, select_subset
from lib.dating.date_embedding.fit import DateEmbeddingRecipe
from lib.dating.date_embedding.triplets import has_triplet
from lib.infra.errors import UserError

Data = Literal["frequent_years", "artist", "top_artists"]
EVERYBODY = "all artists"  # the group of works whose neighbours are sought among the works of any artist


def choose_works(
    paintings: pd.DataFrame, *, data: Data, artist: str | None, artists: int, recipe: DateEmbeddingRecipe
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the works, with the group among whose dated works each looks for neighbours, and why artists are skipped.

    paintings: painting_id, artist, year, split. data: frequent_years (100 works of each of the 15 most frequent years,
    as in the study; one group), artist (one, by name) or top_artists (those with most works); a group for each artist.
    Raises UserError where nothing is left, or no work to learn from, to choose by or to measure on.
    """
    works = select(paintings, data=data, artist=artist, artists=artists)
    skipped = {}
    close, far, apart = recipe.close, recipe.far, recipe.batching == "artist"
    if data != "frequent_years" or apart:
        least = recipe.batch_size if apart else 0
        for name, own in works[works["split"] == "train"].groupby("artist"):
            reason = unusable(own["year"].to_numpy(), least=least, close=close, far=far)
            if reason:
                skipped[str(name)] = reason
        unseen = set(works["artist"]) - set(works["artist"][works["split"] == "train"])
        skipped |= dict.fromkeys(sorted(unseen), "no works to learn from")
    works = works[~works["artist"].isin(skipped)].reset_index(drop=True)
    if works.empty:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in list(skipped.items())[:3])
        raise UserError(f"no artist is left to learn from ({reasons})")
    reason = unusable(
        works["year"][works["split"] == "train"].to_numpy(), least=recipe.batch_size, close=close, far=far
    )
    if reason:
        raise UserError(f"nothing can be learned from these works: {reason}")
    missing = {"val", "test"} - set(works["split"])
    if missing:
        raise UserError(f"there are no {' and no '.join(sorted(missing))} works among those chosen; choose more")
    return works.assign(group=EVERYBODY if data == "frequent_years" else works["artist"]), skipped


def select(paintings: pd.DataFrame, *, data: Data, artist: str | None, artists: int) -> pd.DataFrame:
    """Return the rows of the works that the options name."""
    match data:
        case "frequent_years":
            return select_subset(paintings, name="15-years-100-works")
        case "artist":
            return select_subset(paintings, name="one-artist", artist=artist)
        case "top_artists":
            return select_artists(paintings, artists=artists)


def unusable(years: np.ndarray, *, least: int, close: int, far: int) -> str | None:
    """Return why nothing can be learned from train works of these years; None where something can."""
    if len(set(years.tolist())) < 2:
        return f"all {len(years)} train works are of one year"
    if len(years) < least:
        return f"{len(years)} train works are fewer than a batch of {least}; choose a smaller --batch-size"
    if not has_triplet(years, close=close, far=far):
        return (
            f"{len(years)} train works hold no two within {close} years with a third {far} years or more away; "
            "choose another --close or --far"
        )
    return None
