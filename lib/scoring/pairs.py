"""The pairs of works that the task verify asks about: drawn by hashes, so that everyone draws the same."""

import numpy as np
import pandas as pd

from lib.data.splits import stable_fraction

NEIGHBOURS = 5  # following works of the same artist, in an order by hash, that each work is paired with
SEED = "pairs of verify"


def draw_pairs(works: pd.DataFrame) -> pd.DataFrame:
    """Return first, second (painting ids), same (by one artist) and unseen (artists): as many same pairs as others.

    works: painting_id, artist, unseen. Both works of a pair are by seen artists or both by unseen ones. No pair occurs
    twice. Where one artist has most works, there may be fewer pairs of two artists.
    """
    pairs = [_pairs_of(group).assign(unseen=unseen) for unseen, group in works.groupby("unseen")]
    return pd.concat(pairs).sort_values(["unseen", "first", "second"]).reset_index(drop=True)


def _pairs_of(works: pd.DataFrame) -> pd.DataFrame:
    places = works["painting_id"].map(lambda painting_id: stable_fraction(painting_id, purpose=SEED))
    shuffled = works.assign(place=places).sort_values("place")
    same = _neighbours(shuffled.sort_values(["artist", "place"]), same=True, most_shifts=NEIGHBOURS)
    different = _neighbours(shuffled, same=False, most=len(same))
    return pd.concat([same, different])


def _neighbours(
    works: pd.DataFrame, *, same: bool, most_shifts: int | None = None, most: int | None = None
) -> pd.DataFrame:
    """Return pairs of works next to each other, then of those two rows apart, and so on: all of one kind.

    most_shifts: rows that the works of a pair are apart. most: pairs.
    """
    ids, artists = works["painting_id"].to_numpy(dtype=str), works["artist"].to_numpy(dtype=str)
    firsts, seconds, found = [ids[:0]], [ids[:0]], 0
    for shift in range(1, min(len(ids) - 1, most_shifts or len(ids)) + 1):
        rows = np.flatnonzero((artists[shift:] == artists[:-shift]) == same)
        firsts.append(ids[rows])
        seconds.append(ids[rows + shift])
        found += len(rows)
        if most is not None and found >= most:
            break
    pairs = pd.DataFrame({"first": np.concatenate(firsts), "second": np.concatenate(seconds), "same": same})
    return pairs.head(len(pairs) if most is None else most)
