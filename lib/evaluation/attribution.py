"""How well the artist head and the artist network name the artists of test works."""

from pathlib import Path

import numpy as np
from pydantic import BaseModel

from lib.attribution.describe import labels_of
from lib.attribution.artist_head import ArtistHead
from lib.attribution.mistakes import by_artist
from lib.attribution.model import read_artist_model
from lib.data.dataset import Dataset, read_part
from lib.data.images import decode_rgb
from lib.evaluation.works import HeldOutWorks
from lib.stats.metrics import top_k

WORST = 10  # artists listed


class WorstNamed(BaseModel, frozen=True):
    """An artist whose n test works are rarely named correctly. taken_for: the commonest wrong answer, None for none."""

    artist: str
    n: int
    top1: float
    taken_for: str | None


class HeadFigures(BaseModel, frozen=True):
    """Accuracy of the artist head on n works of its artists.

    majority_baseline: accuracy of always naming the artist with most works outside the test split.
    """

    top1: float | None
    top5: float | None
    n: int
    classes: int
    majority_baseline: float | None
    worst: list[WorstNamed]


class NetworkFigures(BaseModel, frozen=True):
    """Accuracy of the artist network on the n works that the artist head is measured on."""

    architecture: str
    top1: float
    top5: float
    n: int
    worst: list[WorstNamed]


def evaluate_head(head: ArtistHead, test: HeldOutWorks) -> HeadFigures:
    """Measure the head on the test works of its artists."""
    artists = test.paintings["artist"].to_numpy(dtype=str)
    known = np.isin(artists, head.artists)
    probabilities = head.probabilities(test.positions[known])
    labels = head.labels(artists[known])
    return HeadFigures(
        top1=top_k(probabilities, labels, 1) if known.any() else None,
        top5=top_k(probabilities, labels, 5) if known.any() else None,
        n=int(known.sum()),
        classes=len(head.artists),
        majority_baseline=float((artists[known] == test.majority).mean()) if known.any() else None,
        worst=worst_named(probabilities, labels, head.artists),
    )


def evaluate_network(folder: Path, dataset: Dataset, *, artists: list[str]) -> NetworkFigures | None:
    """Measure the artist network in `folder` on the test works of `artists`; None without such works."""
    network, probabilities, labels = read_artist_model(folder), [], []
    for part in dataset.parts():
        test = read_part(part, columns=["artist", "image"], splits=["test"], artists=artists).to_pandas()
        if len(test):
            probabilities.append(network.probabilities([decode_rgb(jpeg) for jpeg in test["image"]], artists))
            labels.append(labels_of(test, artists))
    if not labels:
        return None
    all_probabilities, all_labels = np.concatenate(probabilities), np.concatenate(labels)
    return NetworkFigures(
        architecture=network.metadata.plan.architecture,
        top1=top_k(all_probabilities, all_labels, 1),
        top5=top_k(all_probabilities, all_labels, 5),
        n=len(all_labels),
        worst=worst_named(all_probabilities, all_labels, artists),
    )


def worst_named(probabilities: np.ndarray, labels: np.ndarray, artists: list[str]) -> list[WorstNamed]:
    """Return the WORST artists with the lowest top-1, at equal top-1 those with most works first.

    probabilities: (n, artists). labels: (n,) columns of the right artists.
    """
    if not len(labels):
        return []
    return [
        WorstNamed(artist=row.artist, n=row.works, top1=row.top1, taken_for=row.most_often or None)
        for row in by_artist(probabilities, labels, artists)[:WORST]
    ]
