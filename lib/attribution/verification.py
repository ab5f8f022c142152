"""The evidence of verification: are works by this artist, and are two sets of works by one hand?

It is a likelihood ratio of the two-covariance model for whole sets, and how far the known artists that each
set resembles are the same. Trials with works by artists whom a model saw, and by artists whom it never saw, show what
it is worth.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.special import softmax

from lib.attribution.held_out_artists import HeldOutArtists
from lib.attribution.likelihood_ratio import Trials
from lib.attribution.two_covariance import TwoCovariance, WorkSets

SIZES = (1, 2, 3, 5, 10)  # of the sets in trials
PAIRS_AT_ONCE = 2_000  # whose coordinates are in memory
PER_ARTIST = 10  # trials of each kind and size, on average
RATIO_SCALE = 10.0  # nats, so that both pieces of evidence are of one size
# Chosen on artists held out (docs/research/verification.md).
RATIO_WEIGHT = 0.2  # of the model's ratios in the probabilities of known artists
RAREST = 1e-4  # smallest chance of a common known artist, over that by chance


def artist_evidence(model: TwoCovariance, sets: WorkSets, *, artists: np.ndarray) -> np.ndarray:
    """Return (sets, 4): that a set is by the known artist of this number (sets,)."""
    parts, first = [], 0
    for chunk in sets.chunks(artists=len(model.works)):
        named = artists[first : first + len(chunk.works)]
        ratios, lifts = ratios_and_lifts(model, chunk)
        rows, sizes = np.arange(len(named)), (np.log(chunk.works), np.log(model.works[named]))
        parts.append(np.column_stack([ratios[rows, named], lifts[rows, named], *sizes]))
        first += len(named)
    return np.concatenate(parts)


def every_artist_evidence(model: TwoCovariance, sets: WorkSets) -> np.ndarray:
    """Return (sets, artists, 4): that each set is by each known artist."""
    ratios, lifts = ratios_and_lifts(model, sets)
    sizes = np.broadcast_arrays(np.log(sets.works)[:, None], np.log(model.works), ratios)[:2]
    return np.stack([ratios, lifts, *sizes], axis=2)


def ratios_and_lifts(model: TwoCovariance, sets: WorkSets) -> tuple[np.ndarray, np.ndarray]:
    """Return scaled ratios (sets, artists), and the logarithm of the known artists' chances over those by chance."""
    ratios = model.known_ratios(sets)
    chances = softmax(RATIO_WEIGHT * ratios, axis=1) * ratios.shape[1]
    return ratios / RATIO_SCALE, np.log(chances + RAREST)


def hand_evidence(model: TwoCovariance, first: WorkSets, second: WorkSets) -> np.ndarray:
    """Return (sets, 3): that a set of `first` and that of `second` beside it are by one artist."""
    common = [
        (known_chances(model, one) * known_chances(model, other)).sum(axis=1)
        for one, other in zip(*(sets.chunks(artists=len(model.works)) for sets in (first, second)), strict=True)
    ]
    return joint_evidence(model, first, second, common=np.concatenate(common))


def pair_evidence(model: TwoCovariance, coordinates: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return (pairs, 3): that two works are by one artist. coordinates: (n, m). pairs: (pairs, 2) rows of them.

    It is the evidence of the hand for sets of one work each, and fast where works occur in many pairs.
    """
    known = known_chances(model, each_alone(coordinates))
    chunks = []
    for rows in np.array_split(pairs, len(pairs) // PAIRS_AT_ONCE + 1):
        first, second = (each_alone(coordinates[rows[:, side]]) for side in (0, 1))
        common = np.einsum("ij,ij->i", known[rows[:, 0]], known[rows[:, 1]])
        chunks.append(joint_evidence(model, first, second, common=common))
    return np.concatenate(chunks)


def known_chances(model: TwoCovariance, sets: WorkSets) -> np.ndarray:
    """Return the chances (sets, artists) of the known artists, if the artist of each set is one of them."""
    return softmax(RATIO_WEIGHT * model.known_ratios(sets), axis=1)


def joint_evidence(model: TwoCovariance, first: WorkSets, second: WorkSets, *, common: np.ndarray) -> np.ndarray:
    """Return (sets, 3). common: (sets,) the chance of a common known artist."""
    lift, sizes = np.log(common * len(model.works) + RAREST), np.log(first.works) + np.log(second.works)
    return np.column_stack([model.pair_ratios(first, second) / RATIO_SCALE, lift, sizes])


def each_alone(coordinates: np.ndarray) -> WorkSets:
    """Return a set for each of the works (n, m)."""
    return WorkSets(np.ones(len(coordinates), dtype=int), coordinates)


def artist_trials(fold: HeldOutArtists, *, number: int) -> Trials:
    """Return trials of the question of the artist: val works of known artists, and works of artists never seen.

    A false trial names a known artist at random. number: of the fold.
    """
    random, known = np.random.default_rng(number), {name: row for row, name in enumerate(fold.model.artists)}
    sets: list[np.ndarray] = []
    named: list[int] = []
    true: list[bool] = []
    for unknown in (False, True):
        for artist, rows in fold.rows_by_artist(unknown=unknown).items():
            for size in SIZES:
                for works in draws(rows, size=size, times=PER_ARTIST, random=random):
                    other = int(random.integers(len(known)))
                    answers = [(known[artist], True)] if not unknown else []
                    answers += [(other, False)] if other != known.get(artist) else []
                    sets += [works] * len(answers)
                    named += [answer[0] for answer in answers]
                    true += [answer[1] for answer in answers]
    asked = WorkSets.of(fold.coordinates, sets)
    evidence = artist_evidence(fold.model, asked, artists=np.array(named, dtype=int))
    return trials_of(evidence, true, sizes=asked.works, fold=fold, number=number)


def hand_trials(fold: HeldOutArtists, *, number: int) -> Trials:
    """Return trials of the question of the hand: pairs of sets by artists whom the model knows, and by artists not.

    Both sets of a false trial are by artists of the same kind. number: of the fold.
    """
    random = np.random.default_rng(number)
    pairs = [
        pair
        for unknown in (False, True)
        for size in SIZES
        for pair in drawn_pairs(fold.rows_by_artist(unknown=unknown), size=size, random=random)
    ]
    first, second = (WorkSets.of(fold.coordinates, [pair[side] for pair in pairs]) for side in (0, 1))
    evidence = hand_evidence(fold.model, first, second)
    true = [bool(fold.artists[a[0]] == fold.artists[b[0]]) for a, b in pairs]
    return trials_of(evidence, true, sizes=first.works, fold=fold, number=number)


def drawn_pairs(
    works: dict[str, np.ndarray], *, size: int, random: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield pairs of sets of `size` and of at least as many works, by one artist and by two.

    Artists are drawn in proportion to their works: as random works of a catalogue are.
    """
    names, shares = list(works), shares_of(works)
    for name, rows in works.items():
        times = round(PER_ARTIST * len(names) * shares[names.index(name)])
        for drawn in draws(rows, size=size, times=times, random=random):
            larger = int(random.choice([each for each in SIZES if each >= size]))
            rest, other = np.setdiff1d(rows, drawn), names[int(random.choice(len(names), p=shares))]
            if len(rest) >= larger:
                yield drawn, random.choice(rest, larger, replace=False)
            if other != name and len(works[other]) >= larger:
                yield drawn, random.choice(works[other], larger, replace=False)


def shares_of(works: dict[str, np.ndarray]) -> np.ndarray:
    """Return the share (artists,) of each artist in all works."""
    counts = np.array([len(rows) for rows in works.values()])
    return counts / counts.sum()


def draws(rows: np.ndarray, *, size: int, times: int, random: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield `times`, at least one, random sets of `size` of the rows; none where there are fewer rows."""
    if len(rows) >= size:
        for _ in range(max(1, times)):
            yield random.choice(rows, size, replace=False)


def trials_of(
    evidence: np.ndarray, true: Sequence[bool], *, sizes: np.ndarray, fold: HeldOutArtists, number: int
) -> Trials:
    """Return the trials of one fold, grouped by the size of the smaller set."""
    return Trials(
        evidence, np.array(true, dtype=bool), group=sizes, fold=np.full(len(true), number), works=len(fold.artists)
    )
