"""How well works of the test split are verified: by this artist, by one hand, by any artist whom the models know?"""

import numpy as np
from pydantic import BaseModel

from lib.attribution.likelihood_ratio import TrialFigures, trial_figures
from lib.attribution.open_set import SET_SIZES, SETS_PER_ARTIST, known_evidence
from lib.attribution.two_covariance import TwoCovariance, WorkSets
from lib.attribution.verification import draws, each_alone
from lib.attribution.verifier import Verifier
from lib.data.splits import NEAR_DUPLICATE_BITS
from lib.evaluation.works import HeldOutWorks
from lib.models.references import References
from lib.models.store import ModelSet

MOST_WORKS = 5_000  # test works, drawn at random
MOST_ANSWERS = 5_000_000  # test works times artists, 200 MB for all that is computed of them
MOST_PAIRS = 200_000  # of all pairs of these, drawn at random
FEW = (10, 20)  # reference works of an artist with few


class VerificationRow(BaseModel, frozen=True):
    """Figures of one kind of case."""

    question: str
    figures: TrialFigures


class VerificationFigures(BaseModel, frozen=True):
    """Rows with true and with false cases.

    left_out_works: test works that show the picture of a reference work. left_out_pairs: pairs of test works that show
    one picture.
    """

    rows: tuple[VerificationRow, ...]
    left_out_works: int
    left_out_pairs: int


def evaluate_verification(
    models: ModelSet, test: HeldOutWorks, references: References, *, hashes: dict[str, str]
) -> VerificationFigures | None:
    """Measure the verifier on test works. hashes: perceptual hashes in hexadecimal, by painting_id.

    None where the models have no verifier, and for a dataset of embeddings alone, which has no hashes.
    """
    if models.verifier is None or not hashes:
        return None
    test = test.sample(most=max(1, min(MOST_WORKS, MOST_ANSWERS // len(models.head.artists))))
    of_works = np.array(
        [int(hashes[painting_id], 16) for painting_id in test.paintings["painting_id"]], dtype=np.uint64
    )
    kept = np.ones(len(of_works), dtype=bool)
    kept[[number for number, _ in references.near_duplicates(of_works)]] = False
    model, artists = models.head.model, test.paintings["artist"].to_numpy(dtype=str)[kept]
    coordinates, of_works = (
        test.positions.where(kept).in_chunks(model.coordinates, label="verification"),
        of_works[kept],
    )
    known = np.isin(artists, model.artists)
    rows, left_out_pairs = [], 0
    for name, of in (("one hand, artists seen", known), ("one hand, artists unseen", ~known)):
        figures, same_pictures = hand_figures(models.verifier, model, coordinates[of], artists[of], hashes=of_works[of])
        rows.append((name, figures))
        left_out_pairs += same_pictures
    rows += artist_rows(models.verifier, model, coordinates[known], artists[known])
    rows += [
        (
            f"known artist, {size} work{'s' if size > 1 else ''}",
            known_figures(models.verifier, model, coordinates, artists, size=size),
        )
        for size in SET_SIZES
    ]
    return VerificationFigures(
        rows=tuple(VerificationRow(question=name, figures=figures) for name, figures in rows if figures),
        left_out_works=int((~kept).sum()),
        left_out_pairs=left_out_pairs,
    )


def figures_of(ratios: np.ndarray, true: np.ndarray, *, size: int) -> TrialFigures | None:
    """Return the figures of cases (n,); None without true or without false ones."""
    return trial_figures(ratios, true, group=size) if true.any() and not true.all() else None


def hand_figures(
    verifier: Verifier, model: TwoCovariance, coordinates: np.ndarray, artists: np.ndarray, *, hashes: np.ndarray
) -> tuple[TrialFigures | None, int]:
    """Return the figures of pairs of works, and the number of pairs that show one picture and were left out."""
    pairs = np.stack(np.triu_indices(len(artists), k=1), axis=1).astype(np.int32)
    if len(pairs) > MOST_PAIRS:
        pairs = pairs[np.random.default_rng(0).choice(len(pairs), MOST_PAIRS, replace=False)]
    if not len(pairs):
        return None, 0
    different = np.bitwise_count(hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]]) > NEAR_DUPLICATE_BITS
    pairs = pairs[different]
    ratios = verifier.pair_log_ratios(model, coordinates, pairs)
    return figures_of(ratios, artists[pairs[:, 0]] == artists[pairs[:, 1]], size=1), int((~different).sum())


def artist_rows(
    verifier: Verifier, model: TwoCovariance, coordinates: np.ndarray, artists: np.ndarray
) -> list[tuple[str, TrialFigures | None]]:
    """Return the figures of single works of known artists: by the right artist, a random one, the likeliest other."""
    if not len(artists) or len(model.artists) < 2:
        return []
    ratios = verifier.every_artist_log_ratios(model, each_alone(coordinates))
    rows, right = np.arange(len(artists)), np.searchsorted(model.artists, artists)
    other = (right + np.random.default_rng(0).integers(1, len(model.artists), len(artists))) % len(model.artists)
    wrong = np.where(np.arange(len(model.artists)) == right[:, None], -np.inf, ratios)
    few = (model.works[right] >= FEW[0]) & (model.works[right] <= FEW[1])
    few_other = (model.works[other] >= FEW[0]) & (model.works[other] <= FEW[1])
    true = np.repeat([True, False], [len(rows), len(rows)])
    own, random, likeliest = ratios[rows, right], ratios[rows, other], wrong.max(axis=1)
    few_true = np.repeat([True, False], [few.sum(), few_other.sum()])
    return [
        ("by this artist, or another at random", figures_of(np.concatenate([own, random]), true, size=1)),
        (
            f"the same, artists with {FEW[0]} to {FEW[1]} references",
            figures_of(np.concatenate([own[few], random[few_other]]), few_true, size=1),
        ),
        ("by this artist, or the likeliest other", figures_of(np.concatenate([own, likeliest]), true, size=1)),
    ]


def known_figures(
    verifier: Verifier, model: TwoCovariance, coordinates: np.ndarray, artists: np.ndarray, *, size: int
) -> TrialFigures | None:
    """Return the figures of sets of `size` works of one artist; of single works, of each work once."""
    if size == 1:
        sets, names = each_alone(coordinates), artists
    else:
        drawn = [
            rows
            for artist in np.unique(artists)
            for rows in draws(
                np.flatnonzero(artists == artist),
                size=size,
                times=SETS_PER_ARTIST,
                random=np.random.default_rng(size),
            )
        ]
        sets, names = WorkSets.of(coordinates, drawn), np.array([artists[rows[0]] for rows in drawn], dtype=str)
    true = np.isin(names, model.artists)
    if not len(names):
        return None
    return figures_of(verifier.known.calibration.log_ratios(known_evidence(model, sets)), true, size=size)
