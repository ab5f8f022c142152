"""Everything that is measured about a trained artist network, each figure with its number of cases."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import TypeAdapter
from scipy.special import softmax

from lib.attribution.describe import Described, labels_of
from lib.attribution.ensemble import Weights
from lib.attribution.mistakes import ArtistAccuracy, Confusion, by_artist, confusions
from lib.stats.calibration import Reliability, error_by_chance, fit_temperature, reliability
from lib.stats.metrics import top_k
from lib.training.plan import NetworkProvenance, Plan
from lib.training.state import Row, State

LARGEST_SET = 20  # works that vote together
SETS_PER_ARTIST = 20  # drawn for each size
RANKS = (1, 50, 100)  # of the artists in the study's protocol, by number of works


@dataclass(frozen=True)
class TopK:
    """Accuracy on n works of `classes` artists, beside the share of the artist with most train works."""

    top1: float
    top5: float
    n: int
    classes: int
    majority_baseline: float


@dataclass(frozen=True)
class Calibration:
    """Expected calibration errors, before and after the temperature, with the one that chance alone would give."""

    temperature: float
    error_uncalibrated: float
    error: float
    error_by_chance: float
    before: Reliability
    after: Reliability


@dataclass(frozen=True)
class VoteAccuracy:
    """Share of correct votes of sets of `size` works of one artist."""

    size: int
    accuracy: float
    sets: int
    artists: int


@dataclass(frozen=True)
class ProtocolRow:
    """One artist of the study's protocol, by number of works, with all works of one split as a set.

    named: the first artist of the vote. share: of the vote, that the right artist has. top1: of single works.
    """

    rank: int
    artist: str
    set: str
    works: int
    named: str
    share: float
    top1: float


@dataclass(frozen=True)
class ArtistFigures:
    """The contents of metrics.json.

    weights: of the network and, where the dataset has embeddings, of the artist head.
    """

    plan: NetworkProvenance
    weights: Weights
    history: list[Row]
    val: TopK
    test: TopK
    calibration: Calibration
    by_artist: list[ArtistAccuracy]
    confusions: list[Confusion]
    votes: list[VoteAccuracy]
    protocol: list[ProtocolRow]

    def as_json(self) -> dict[str, Any]:
        """Return the figures as values of JSON."""
        return TypeAdapter(ArtistFigures).dump_python(self, mode="json")


def measure(plan: Plan, state: State, *, weights: Weights, first: Described, final: Described) -> ArtistFigures:
    """Measure a network, joined with the artist head, on the paintings of its dataset.

    state, weights, first: of the network that never saw val, which gives the temperature and the figures of val. final:
    of the network that is kept, which gives all other figures, from test works.
    """
    splits, labels = final.paintings["split"].to_numpy(), labels_of(final.paintings, plan.artists)
    train, val, test = ((splits == split) & (labels >= 0) for split in ("train", "val", "test"))
    temperature = fit_temperature(first.logits[val], labels[val])
    val_probabilities = softmax(first.logits[val] / temperature, axis=1)
    probabilities = softmax(final.logits / temperature, axis=1)
    majority = int(np.bincount(labels[train]).argmax())
    before = reliability(softmax(final.logits[test], axis=1), labels[test])
    after = reliability(probabilities[test], labels[test])
    return ArtistFigures(
        plan=plan.provenance(),
        weights=weights,
        history=state["history"],
        val=top_k_metrics(val_probabilities, labels[val], majority=majority),
        test=top_k_metrics(probabilities[test], labels[test], majority=majority),
        calibration=Calibration(
            temperature=temperature,
            error_uncalibrated=before.expected_error(),
            error=after.expected_error(),
            error_by_chance=error_by_chance(probabilities[test]),
            before=before,
            after=after,
        ),
        by_artist=by_artist(probabilities[test], labels[test], plan.artists),
        confusions=confusions(probabilities[test], labels[test], plan.artists),
        votes=votes_by_size(probabilities[test], labels[test]),
        protocol=study_protocol(probabilities, labels, splits, plan.artists),
    )


def top_k_metrics(probabilities: np.ndarray, labels: np.ndarray, *, majority: int) -> TopK:
    """Return top-1 and top-5 of probabilities (n, artists) and labels (n,), beside the share of one label."""
    return TopK(
        top1=top_k(probabilities, labels, 1),
        top5=top_k(probabilities, labels, 5),
        n=len(labels),
        classes=probabilities.shape[1],
        majority_baseline=float((labels == majority).mean()),
    )


def votes_by_size(probabilities: np.ndarray, labels: np.ndarray) -> list[VoteAccuracy]:
    """Return the accuracy of the vote of sets of 1 to LARGEST_SET works of one artist.

    All sizes use the same artists: those with at least LARGEST_SET works, or else with the most works.
    """
    works = np.bincount(labels, minlength=probabilities.shape[1])
    largest = min(LARGEST_SET, int(works.max()))
    artists = np.flatnonzero(works >= largest)
    random = np.random.default_rng(0)
    rows = []
    for size in range(1, largest + 1):
        correct = [
            probabilities[random.choice(np.flatnonzero(labels == artist), size, replace=False)].mean(axis=0).argmax()
            == artist
            for artist in artists
            for _ in range(SETS_PER_ARTIST)
        ]
        accuracy = float(np.mean(correct))
        rows.append(VoteAccuracy(size=size, accuracy=accuracy, sets=len(correct), artists=len(artists)))
    return rows


def study_protocol(
    probabilities: np.ndarray, labels: np.ndarray, splits: np.ndarray, artists: list[str]
) -> list[ProtocolRow]:
    """Return how the works of the first, 50th and 100th artist by number of works are named, in train and in test.

    The last artist stands for those that do not exist. labels: below 0 for unknown artists.
    """
    ranked = np.argsort(-np.bincount(labels[labels >= 0], minlength=len(artists)), kind="stable")
    rows = []
    for rank in sorted({min(rank, len(ranked)) for rank in RANKS}):
        label = ranked[rank - 1]
        for split in ("train", "test"):
            works = probabilities[(labels == label) & (splits == split)]
            if len(works):
                vote = works.mean(axis=0)
                rows.append(
                    ProtocolRow(
                        rank=rank,
                        artist=artists[label],
                        set=split,
                        works=len(works),
                        named=artists[vote.argmax()],
                        share=float(vote[label]),
                        top1=float((works.argmax(axis=1) == label).mean()),
                    )
                )
    return rows
