"""What an artist network gets right and wrong on works it never saw, each figure with its number of cases."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from lib.stats.calibration import set_ood_score
from lib.stats.metrics import top_k

LARGEST_SET = 20  # works that vote together
SETS_PER_ARTIST = 20  # drawn for each size
SET_SIZES = (1, 2, 3, 5, 10, 20)  # of sets that are asked whether their artist is known
RANKS = (1, 50, 100)  # of the artists in the study's protocol, by number of works


@dataclass(frozen=True)
class Described:
    """Paintings as a network sees them, row by row.

    paintings: n rows of painting_id, artist, split. logits: (n, artists), before the temperature. textures: (n, sum of
    blocks) float16, the correlations of channels after each block that gives maps. blocks: their widths.
    """

    paintings: pd.DataFrame
    logits: np.ndarray
    textures: np.ndarray
    blocks: list[int]


def labels_of(paintings: pd.DataFrame, artists: list[str]) -> np.ndarray:
    """Return the class of each work, -1 for artists that are not among `artists`."""
    return pd.Index(artists).get_indexer(pd.Index(paintings["artist"]))


def attribution(probabilities: np.ndarray, labels: np.ndarray, *, majority: int) -> dict[str, Any]:
    """Return top-1 and top-5 of works, probabilities (n, artists) and labels (n,), beside the majority's share."""
    return {
        "top1": top_k(probabilities, labels, 1),
        "top5": top_k(probabilities, labels, 5),
        "n": len(labels),
        "classes": probabilities.shape[1],
        "majority_baseline": float((labels == majority).mean()),
    }


def by_artist(probabilities: np.ndarray, labels: np.ndarray, artists: list[str]) -> pd.DataFrame:
    """Return artist, works, top1, top5 and most_often (whom the artist is mostly taken for else), worst first."""
    named = probabilities.argmax(axis=1)
    rows = []
    for label in np.unique(labels):
        mine = labels == label
        others = np.bincount(named[mine & (named != label)], minlength=len(artists))
        figures = {f"top{k}": top_k(probabilities[mine], labels[mine], k) for k in (1, 5)}
        taken_for = artists[others.argmax()] if others.any() else ""
        rows.append({"artist": artists[label], "works": int(mine.sum()), **figures, "most_often": taken_for})
    return pd.DataFrame(rows).sort_values(["top1", "works"], ascending=[True, False], ignore_index=True)


def confusions(probabilities: np.ndarray, labels: np.ndarray, artists: list[str]) -> pd.DataFrame:
    """Return artist, named, times and share (of the artist's works) for every wrong answer, most frequent first."""
    named = probabilities.argmax(axis=1)
    frame = pd.DataFrame({"artist": np.array(artists)[labels], "named": np.array(artists)[named]})
    wrong = frame[frame["artist"] != frame["named"]].groupby(["artist", "named"]).size().rename("times").reset_index()
    wrong["share"] = wrong["times"] / wrong["artist"].map(frame["artist"].value_counts()).astype(float)
    return wrong.sort_values(["times", "share"], ascending=False, ignore_index=True)


def votes_by_size(probabilities: np.ndarray, labels: np.ndarray) -> list[dict[str, Any]]:
    """Return the accuracy of the vote of sets of 1 to LARGEST_SET works of one artist.

    All sizes ask the same artists: those with at least LARGEST_SET works, or else with the most works.
    """
    works = np.bincount(labels, minlength=probabilities.shape[1])
    largest = min(LARGEST_SET, int(works.max()))
    asked = np.flatnonzero(works >= largest)
    random = np.random.default_rng(0)
    rows = []
    for size in range(1, largest + 1):
        right = [
            probabilities[random.choice(np.flatnonzero(labels == artist), size, replace=False)].mean(axis=0).argmax()
            == artist
            for artist in asked
            for _ in range(SETS_PER_ARTIST)
        ]
        rows.append({"size": size, "accuracy": float(np.mean(right)), "sets": len(right), "artists": len(asked)})
    return rows


def unknown_by_size(probabilities: np.ndarray, artists: np.ndarray, unknown: np.ndarray) -> list[dict[str, Any]]:
    """Return how well sets of works of one artist tell whether the network knows the artist, by size of the set.

    probabilities: (n, artists) of works, by `artists` (n,), `unknown` (n,) true where the network never saw them. auroc
    is the chance that a set by an unknown artist is stranger than another set, auroc_of_vote that its vote gives less
    to its first artist. Every size asks all artists with so many works.
    """
    random = np.random.default_rng(0)
    rows = []
    for size in SET_SIZES:
        asked: list[tuple[bool, float, float]] = []
        for artist in np.unique(artists):
            works = np.flatnonzero(artists == artist)
            for _ in range(SETS_PER_ARTIST if len(works) >= size else 0):
                drawn = probabilities[random.choice(works, size, replace=False)]
                asked.append((bool(unknown[works[0]]), set_ood_score(drawn), 1 - drawn.mean(axis=0).max()))
        told = np.array(asked).reshape(-1, 3)
        is_unknown = told[:, 0] == 1
        if is_unknown.any() and not is_unknown.all():
            aurocs = {
                "auroc": roc_auc_score(is_unknown, told[:, 1]),
                "auroc_of_vote": roc_auc_score(is_unknown, told[:, 2]),
            }
            counts = {"unknown_sets": int(is_unknown.sum()), "known_sets": int((~is_unknown).sum())}
            rows.append({"size": size, **{name: float(value) for name, value in aurocs.items()}, **counts})
    return rows


def study_protocol(probabilities: np.ndarray, labels: np.ndarray, splits: np.ndarray, artists: list[str]) -> list[Any]:
    """Return how all train and all test works of the first, 50th and 100th artist by number of works are named.

    The 100th is the last one where there are fewer. Each row: rank, artist, set, works, named (who has most of the
    vote), share (of the vote, that the right artist has), top1 (of single works). labels: below 0 for unknown artists.
    """
    ranked = np.argsort(-np.bincount(labels[labels >= 0], minlength=len(artists)), kind="stable")
    rows = []
    for rank in sorted({min(rank, len(ranked)) for rank in RANKS}):
        artist = ranked[rank - 1]
        for split in ("train", "test"):
            mine = probabilities[(labels == artist) & (splits == split)]
            if len(mine):
                vote, right = mine.mean(axis=0), (mine.argmax(axis=1) == artist).mean()
                asked = {"rank": rank, "artist": artists[artist], "set": split, "works": len(mine)}
                told = {"named": artists[vote.argmax()], "share": float(vote[artist]), "top1": float(right)}
                rows.append({**asked, **told})
    return rows
