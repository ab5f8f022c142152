"""Which artists are recognised worst, and for whom they are mistaken."""

from dataclasses import dataclass

import numpy as np

from lib.stats.metrics import top_k


@dataclass(frozen=True)
class ArtistAccuracy:
    """Accuracy on the works of one artist. most_often: the artist they are mostly mistaken for; empty for none."""

    artist: str
    works: int
    top1: float
    top5: float
    most_often: str


@dataclass(frozen=True)
class Confusion:
    """How many works of `artist`, and which share of them, are named as by another artist."""

    artist: str
    named: str
    times: int
    share: float


def by_artist(probabilities: np.ndarray, labels: np.ndarray, artists: list[str]) -> list[ArtistAccuracy]:
    """Return the accuracy of each artist, worst first, at equal top-1 most works first."""
    named = probabilities.argmax(axis=1)
    rows = []
    for label in np.unique(labels):
        works = labels == label
        mistaken = np.bincount(named[works & (named != label)], minlength=len(artists))
        rows.append(
            ArtistAccuracy(
                artist=artists[label],
                works=int(works.sum()),
                top1=top_k(probabilities[works], labels[works], 1),
                top5=top_k(probabilities[works], labels[works], 5),
                most_often=artists[mistaken.argmax()] if mistaken.any() else "",
            )
        )
    return sorted(rows, key=lambda row: (row.top1, -row.works))


def confusions(probabilities: np.ndarray, labels: np.ndarray, artists: list[str]) -> list[Confusion]:
    """Return the wrong answers, most frequent first, at equal numbers the largest share first."""
    named, works = probabilities.argmax(axis=1), np.bincount(labels, minlength=len(artists))
    times = np.zeros((len(artists), len(artists)), dtype=int)
    np.add.at(times, (labels, named), 1)
    np.fill_diagonal(times, 0)
    rows = [
        Confusion(artists[i], artists[j], times=int(times[i, j]), share=float(times[i, j] / works[i]))
        for i, j in np.argwhere(times)
    ]
    return sorted(rows, key=lambda row: (-row.times, -row.share, row.artist, row.named))
