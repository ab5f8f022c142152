"""Train, val and test: decided painting by painting, so that new paintings leave the split of others unchanged.

As in the source study, 80 % of each artist's paintings are for training and 20 % for testing; an eighth of the
training part is set apart for validation. Near-duplicates, by perceptual hash within an artist, share a split.
Works that are not the artist's own, or whose date cannot be right, are in the split `apart`: no model learns from them,
and they are no test.
"""

import hashlib
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lib.data.counts import NearDuplicates
from lib.infra.errors import UserError
from lib.infra.progress import track

TEST_FRACTION = 0.2
VAL_FRACTION_OF_TRAIN = 0.125

# Bits of 64. On real catalogues pairs up to 6 are the same picture and half of those at 8 are: a false match only
# keeps two paintings together, a missed one leaks from train to test.
NEAR_DUPLICATE_BITS = 8
BLOCK = 8192  # works of one artist that a task compares with all later ones

LEARNED_FIRST = ("train", "val", "test")
SPLIT_NAMES = {"true": "train", "false": "test", "train": "train", "val": "val", "test": "test"}


def stable_fraction(text: str, *, purpose: str) -> float:
    """Return a number in [0, 1) that depends only on the text and the purpose."""
    digest = hashlib.sha256(f"{purpose}:{text}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def near_duplicate_groups(paintings: pd.DataFrame) -> pd.Series:
    """Return for each painting the smallest painting_id of its near-duplicates, itself included.

    paintings: painting_id, artist, phash (64 bits, hexadecimal).
    """
    groups = pd.Series(paintings["painting_id"].to_numpy(), index=paintings.index, dtype=object)
    artists = paintings.groupby("artist", sort=False)
    for _, works in track(artists, "near-duplicates", total=artists.ngroups, unit="artists", brief=True):
        works = works.sort_values("painting_id")
        hashes = np.array([int(phash, 16) for phash in works["phash"]], dtype=np.uint64)
        groups[works.index] = works["painting_id"].to_numpy()[_smallest_linked(hashes)]
    return groups


def _smallest_linked(hashes: np.ndarray) -> np.ndarray:
    """Return for each hash the lowest position among those linked to it by chains of near hashes."""
    from lib.infra.tasks import map_batches  # Ray: the names of splits are read without it

    blocks = [range(first, min(first + BLOCK, len(hashes))) for first in range(0, len(hashes), BLOCK)]
    near = np.concatenate(list(map_batches(near_later, blocks, label="near-duplicates", hashes=hashes)))
    links = coo_array((np.ones(len(near), dtype=bool), (near[:, 0], near[:, 1])), shape=(len(hashes), len(hashes)))
    _, groups = connected_components(links, directed=False)
    return np.unique(groups, return_index=True)[1][groups]


def near_later(positions: range, hashes: np.ndarray) -> np.ndarray:
    """Return (pairs, 2) of each of the positions with itself and with those of near hashes after it."""
    # Row by row: the whole matrix of distances would not fit in memory for an artist with very many works.
    near = [
        position + np.flatnonzero(np.bitwise_count(hashes[position:] ^ hashes[position]) <= NEAR_DUPLICATE_BITS)
        for position in positions
    ]
    return np.column_stack([np.repeat(positions, [len(columns) for columns in near]), np.concatenate(near)])


def split_of_paintings(paintings: pd.DataFrame, *, by_catalogue: bool, kept: pd.Series | None = None) -> pd.Series:
    """Return the split of each painting: `apart`, else that of the catalogue, the kept one, or that of a hash.

    paintings: painting_id, artist, phash, catalogue_split, and apart, null for the artist's own works. Works apart
    decide nothing about the splits of others, also where they are near-duplicates. kept: of each painting the split
    that it had before, null for new ones. A new one joins the kept ones of its group.
    """
    splits = pd.Series("apart", index=paintings.index, dtype=object)
    own = paintings[paintings["apart"].isna()]
    kept = None if kept is None else kept[own.index]
    splits[own.index] = catalogue_splits(own, kept=kept) if by_catalogue else assign_splits(own, kept=kept)
    return splits


def assign_splits(paintings: pd.DataFrame, *, kept: pd.Series | None = None) -> pd.Series:
    """Return the split of each painting: the kept one, or by a hash. paintings: painting_id, artist, phash."""
    return _by_group(near_duplicate_groups(paintings), kept=kept, decide=split_of_id)


def _by_group(groups: pd.Series, *, kept: pd.Series | None, decide: Callable[[str], str]) -> pd.Series:
    """Return the kept splits, and for the others that of the kept works of their group, or what `decide` says of it.

    Where the kept works of a group are in several splits, the others join those to learn from: as test works they would
    be further ones with a near-duplicate among those.
    """
    decided = groups.map(decide)
    if kept is None or kept.isna().all():
        return decided
    order = kept.dropna().map(list(LEARNED_FIRST).index)
    of_group = order.groupby(groups[order.index]).min().map(lambda place: LEARNED_FIRST[int(place)])
    return kept.fillna(groups.map(of_group)).fillna(decided)


def split_of_id(painting_id: str) -> str:
    """Return the split of a painting that has no near-duplicates, by a hash of its id."""
    fraction = stable_fraction(painting_id, purpose="split")
    if fraction < TEST_FRACTION:
        return "test"
    return "val" if fraction < TEST_FRACTION + (1 - TEST_FRACTION) * VAL_FRACTION_OF_TRAIN else "train"


def catalogue_splits(paintings: pd.DataFrame, *, kept: pd.Series | None = None) -> pd.Series:
    """Return the splits of the catalogue, with val taken from its train unless it has a val.

    paintings: painting_id, artist, phash, catalogue_split (train, val or test). kept: of the works of train, those that
    were in train or val stay there.
    """
    splits = paintings["catalogue_split"].copy()
    if (splits == "val").any():
        return splits
    train = paintings[splits == "train"]
    if kept is not None:
        kept = kept[train.index].where(kept[train.index].isin(["train", "val"]))
    splits[train.index] = _by_group(near_duplicate_groups(train), kept=kept, decide=_val_or_train)
    return splits


def _val_or_train(group: str) -> str:
    return "val" if stable_fraction(group, purpose="val") < VAL_FRACTION_OF_TRAIN else "train"


def standard_splits(values: pd.Series, *, column: str) -> pd.Series:
    """Translate a catalogue's True/False or train/val/test to train, val and test.

    Raises UserError naming the first other value.
    """
    splits = values.str.strip().str.lower().map(SPLIT_NAMES)
    if splits.isna().any():
        value = values[splits.isna()].iloc[0]
        shown = "is empty" if pd.isna(value) else f"holds {value!r}"
        raise UserError(f"the split column {column!r} {shown} in some row; it may hold True/False or train, val, test")
    return splits


def near_duplicate_counts(paintings: pd.DataFrame, splits: pd.Series) -> NearDuplicates:
    """Count near-duplicates and the test paintings that have one among the works that models learn from."""
    groups = near_duplicate_groups(paintings)
    sizes = groups.map(groups.value_counts())
    outside = set(groups[splits.isin(["train", "val"])])
    return NearDuplicates(
        near_duplicate_groups=int(groups[sizes > 1].nunique()),
        paintings_in_near_duplicate_groups=int((sizes > 1).sum()),
        test_paintings_with_a_near_duplicate_outside_test=int((groups[splits == "test"].isin(outside)).sum()),
    )
