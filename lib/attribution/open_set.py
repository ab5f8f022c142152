"""Open-set recognition: is a work, or a set of works, by an artist that the network knows?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import softmax
from sklearn.metrics import roc_auc_score, roc_curve

TINY = 1e-9  # smallest probability whose logarithm is taken
SETS_PER_ARTIST = 20  # drawn for each size
SET_SIZES = (1, 2, 3, 5, 10, 20)

# Share of the vote below which the artist of a set counts as unknown. Measured with a quarter of 83 artists held out of
# the head in turn, on works outside train and val: of the sets of 1, 5, 10 and 20 works by known artists that are named
# correctly, 90, 79, 87 and 97 % count as known; of the sets by held-out artists, 69, 20, 14 and 12 % do by mistake.
# For a single work it says little.
KNOWN_SHARE = 0.35

Verdict = Literal["known", "unknown"]


@dataclass(frozen=True)
class Rejection:
    """How well OOD scores separate works of unknown artists from works of known ones.

    auroc: chance that an unknown work has a higher score than a known one. unknown_passed, known_rejected: error rates
    at a threshold.
    """

    auroc: float
    unknown_passed: float
    known_rejected: float
    unknown_works: int
    known_works: int


@dataclass(frozen=True)
class SetRejection:
    """How well sets of `size` works of one artist show whether the artist is known.

    auroc: by set_ood_score(). auroc_of_vote: by what the vote leaves to all but its first artist.
    """

    size: int
    auroc: float
    auroc_of_vote: float
    unknown_sets: int
    known_sets: int


@dataclass(frozen=True)
class HeldOutCalibration:
    """What a second network shows that never saw some of the artists.

    refused: share of known works to call unknown; it carries over to another network better than a threshold does.
    rejection: of the second network at that share. by_size: of sets of works. artists: those held out.
    """

    refused: float
    rejection: Rejection
    by_size: list[SetRejection]
    artists: list[str]


def verdict(share: float) -> Verdict:
    """Return whether an artist with this share of the vote of a set, 0 to 1, counts as its artist."""
    return "known" if share >= KNOWN_SHARE else "unknown"


def ood_score(probabilities: np.ndarray) -> np.ndarray:
    """Return the out-of-distribution score (n,) of works: one minus the largest of the probabilities (n, classes).

    The plain baseline (Hendrycks and Gimpel 2017): energy, nearest neighbours and Mahalanobis distances did worse.
    """
    return 1 - probabilities.max(axis=1)


def set_ood_score(probabilities: np.ndarray) -> float:
    """Return the out-of-distribution score of a set of works (n, classes); for one work, its ood_score.

    The normalised geometric mean of the probabilities counts, unlike in the vote, which is their mean: evidence of some
    works against an artist weighs more.
    """
    return 1 - float(softmax(np.log(np.maximum(probabilities, TINY)).mean(axis=0)).max())


def share_refused(scores: np.ndarray, unknown: np.ndarray) -> float:
    """Return the share of known works to call unknown that makes the sum of both error rates smallest (Youden 1950).

    scores: OOD scores (n,). unknown: (n,) true for works of unknown artists, however many they are.
    """
    false_rates, true_rates, _ = roc_curve(unknown, scores, drop_intermediate=False)
    return float(false_rates[np.argmax(true_rates - false_rates)])


def threshold_of(known_scores: np.ndarray, *, refused: float) -> float:
    """Return the OOD score above which this share of known works, with scores (n,), is called unknown."""
    return float(np.quantile(known_scores, 1 - refused))


def rejection(scores: np.ndarray, unknown: np.ndarray, *, threshold: float) -> Rejection:
    """Measure OOD scores (n,) of works. unknown: (n,) true for works of unknown artists."""
    called_unknown = scores > threshold
    return Rejection(
        auroc=float(roc_auc_score(unknown, scores)),
        unknown_passed=float((~called_unknown[unknown]).mean()),
        known_rejected=float(called_unknown[~unknown].mean()),
        unknown_works=int(unknown.sum()),
        known_works=int((~unknown).sum()),
    )


def calibrate(probabilities: np.ndarray, artists: np.ndarray, unknown: np.ndarray) -> HeldOutCalibration:
    """Calibrate on works: probabilities (n, classes), artists (n,), unknown (n,) true for those never trained on."""
    scores = ood_score(probabilities)
    refused = share_refused(scores, unknown)
    return HeldOutCalibration(
        refused=refused,
        rejection=rejection(scores, unknown, threshold=threshold_of(scores[~unknown], refused=refused)),
        by_size=rejection_by_size(probabilities, artists, unknown),
        artists=sorted(set(artists[unknown].tolist())),
    )


def rejection_by_size(probabilities: np.ndarray, artists: np.ndarray, unknown: np.ndarray) -> list[SetRejection]:
    """Measure sets of works of one artist, by the size of the set.

    probabilities: (n, classes) of works. artists: (n,). unknown: (n,) true for works of unknown artists. Each size
    uses all artists with enough works.
    """
    random = np.random.default_rng(0)
    rows = []
    for size in SET_SIZES:
        sets = [
            (unknown[works[0]], set_ood_score(probabilities[works]), 1 - probabilities[works].mean(axis=0).max())
            for works in draw_sets(artists, size=size, random=random)
        ]
        is_unknown = np.array([row[0] for row in sets], dtype=bool)
        if is_unknown.any() and not is_unknown.all():
            _, scores, vote_scores = zip(*sets, strict=True)
            rows.append(
                SetRejection(
                    size=size,
                    auroc=float(roc_auc_score(is_unknown, scores)),
                    auroc_of_vote=float(roc_auc_score(is_unknown, vote_scores)),
                    unknown_sets=int(is_unknown.sum()),
                    known_sets=int((~is_unknown).sum()),
                )
            )
    return rows


def draw_sets(artists: np.ndarray, *, size: int, random: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield the rows (size,) of SETS_PER_ARTIST random sets of each artist, of artists (n,), with enough works."""
    for artist in np.unique(artists):
        works = np.flatnonzero(artists == artist)
        if len(works) >= size:
            for _ in range(SETS_PER_ARTIST):
                yield random.choice(works, size, replace=False)
