"""How well the artist head and the artist network name the artists of test works."""

from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel
from sklearn.metrics import roc_auc_score

from lib.attribution.artist_head import ArtistHead
from lib.attribution.describe import labels_of
from lib.attribution.mistakes import by_artist
from lib.attribution.model import read_artist_model
from lib.data.dataset import Dataset
from lib.data.images import decode_rgb
from lib.data.paintings import read_part
from lib.evaluation.works import HeldOutWorks
from lib.features.stored_positions import StoredPositions
from lib.infra.atomic import read_json
from lib.infra.progress import track
from lib.models.store import NetworkBundle
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

    majority_baseline: accuracy of always naming the artist with most works outside the test split. unknown_auroc:
    chance that a work of one of its artists has a higher score of a known artist than one of the `unknown` works of
    others; None without such works.
    """

    top1: float | None
    top5: float | None
    n: int
    classes: int
    majority_baseline: float | None
    unknown_auroc: float | None
    unknown: int
    worst: list[WorstNamed]


class NetworkFigures(BaseModel, frozen=True):
    """Accuracy of the artist network and the head together on the n works that the head is measured on."""

    architecture: str
    top1: float
    top5: float
    n: int
    worst: list[WorstNamed]


def evaluate_head(head: ArtistHead, test: HeldOutWorks) -> HeadFigures:
    """Measure the head on the test works of its artists."""
    artists = test.paintings["artist"].to_numpy(dtype=str)
    known = np.isin(artists, head.artists)
    probabilities = test.positions.where(known).in_chunks(
        head.probabilities, label="artist head: test works", answers=len(head.artists)
    )
    labels = head.labels(artists[known])
    return HeadFigures(
        top1=top_k(probabilities, labels, 1) if known.any() else None,
        top5=top_k(probabilities, labels, 5) if known.any() else None,
        n=int(known.sum()),
        classes=len(head.artists),
        majority_baseline=float((artists[known] == test.majority).mean()) if known.any() else None,
        unknown_auroc=unknown_auroc(head, test.positions, known=known),
        unknown=int((~known).sum()),
        worst=worst_named(probabilities, labels, head.artists),
    )


def unknown_auroc(head: ArtistHead, positions: StoredPositions, *, known: np.ndarray) -> float | None:
    """Return how well scores of single works (n) separate known (n,) artists from others; None for one."""
    if known.all() or not known.any():
        return None
    scores = positions.in_chunks(
        lambda works: head.model.log_likelihood_ratios(works).max(axis=1),
        label="unknown artists",
        answers=len(head.artists),
    )
    return float(roc_auc_score(known, scores))


def evaluate_network(
    network: NetworkBundle, head: ArtistHead, test: HeldOutWorks, *, dataset: Dataset
) -> NetworkFigures | None:
    """Measure an artist network, together with the head, on the test works of its artists; None without such works."""
    known = np.isin(test.paintings["artist"].to_numpy(dtype=str), head.artists)
    if not known.any():
        return None
    paintings = test.paintings[known]
    alone = network_probabilities(network.folder, dataset, artists=head.artists).loc[paintings["painting_id"]]
    logits = test.positions.where(known).in_chunks(
        head.logits, label="artist head: test works", answers=len(head.artists)
    )
    probabilities = network.ensemble.probabilities(alone.to_numpy(), logits)
    labels = labels_of(paintings, head.artists)
    return NetworkFigures(
        architecture=read_json(network.folder / "model.json")["plan"]["architecture"],
        top1=top_k(probabilities, labels, 1),
        top5=top_k(probabilities, labels, 5),
        n=len(labels),
        worst=worst_named(probabilities, labels, head.artists),
    )


def network_probabilities(folder: Path, dataset: Dataset, *, artists: list[str]) -> pd.DataFrame:
    """Return the probabilities of the test works of `artists`, by painting_id, by the artist network in `folder`."""
    model, tables, parts = read_artist_model(folder), [], dataset.parts()
    for part in track(parts, "artist network: test works", total=len(parts), unit="parts", brief=True):
        test = read_part(part, columns=["painting_id", "artist", "image"], splits=["test"], artists=artists).to_pandas()
        if len(test):
            probabilities = model.probabilities([decode_rgb(jpeg) for jpeg in test["image"]], artists)
            tables.append(pd.DataFrame(probabilities, index=test["painting_id"], columns=artists))
    return pd.concat(tables)


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
