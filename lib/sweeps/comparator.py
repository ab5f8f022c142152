"""Trials of the comparators' shared settings, seconds each: what no setting changes is computed once.

What is computed once are the distances between the works of each artist. Ray's object store keeps them in batches of
artists, of which a process takes one at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import ray
from pydantic import NonNegativeFloat, PositiveFloat
from ray import tune
from sklearn.metrics.pairwise import euclidean_distances

from lib.data.descriptor import DescriptorPart
from lib.data.embedded_works import EmbeddedWorks, careers_of, rows_by_artist
from lib.data.paintings import years_of
from lib.dating.kernel import NARROW, in_medians
from lib.features.style_space import StyleSpace, depth_weights
from lib.infra.tasks import map_batches
from lib.stats.metrics import order_quality
from lib.stats.years import Years
from lib.sweeps.space import Settings

OBJECTIVE = "pair_accuracy"
FOLDS = 5  # of the cross-validation
LONGEST = 1000  # works of one artist that take part, spread over the career
MOST_PAIRS = 3_000_000  # of works of the same artist, of all artists drawn: 660 MB of the default backbones' distances


@dataclass(frozen=True)
class ComparatorSettings:
    """Hyper-parameters that all comparators share."""

    tilt: NonNegativeFloat
    """Depth n of a backbone's statistics has the weight n ** tilt in the style space."""
    gamma: PositiveFloat
    """Inverse width of the kernel, on squared distances over the artist's median squared distance."""
    noise: PositiveFloat
    """Variance of the noise of a year over that of the signal of the style."""


@dataclass(frozen=True)
class ArtistDistances:
    """Works of one artist, dated to a narrow range.

    years: (n,) midpoints. folds: (n,). parts: of the embeddings. depths: (depths of all parts, n, n) mean squared
    distances by depth.
    """

    years: np.ndarray
    folds: np.ndarray
    parts: tuple[DescriptorPart, ...]
    depths: np.ndarray


@dataclass(frozen=True)
class Career:
    """Works of one artist. years: (n,) midpoints. folds: (n,). kernel: (n, n) similarity."""

    years: np.ndarray
    folds: np.ndarray
    kernel: np.ndarray


def artists_to_try(works: EmbeddedWorks, *, min_works: int) -> list[EmbeddedWorks]:
    """Return the narrowly dated works of the artists with `min_works` of several years, in batches of whole artists.

    Where there are more than MOST_PAIRS, artists are drawn at random.
    """
    ordered = works.where(np.argsort(works.paintings["painting_id"].to_numpy(dtype=str), kind="stable"))
    dated = ordered.where(years_of(ordered.paintings).widths <= NARROW)
    years, by_artist = years_of(dated.paintings).midpoints, rows_by_artist(dated.paintings)
    usable = [rows for rows in by_artist.values() if len(rows) >= min_works and np.ptp(years[rows]) > 0]
    drawn: list[np.ndarray] = []
    pairs = 0
    for number in np.random.default_rng(0).permutation(len(usable)):
        pairs += min(len(usable[number]), LONGEST) ** 2
        if pairs > MOST_PAIRS:
            break
        drawn.append(usable[number])
    if len(drawn) < len(usable):
        print(f"{len(drawn)} of {len(usable)} artists with {min_works} works are drawn at random")
    return careers_of(dated.where(np.sort(np.concatenate(drawn))), most=LONGEST, longest=LONGEST) if drawn else []


def share_distances(careers: Sequence[EmbeddedWorks], *, space: StyleSpace, seed: int) -> list[ray.ObjectRef]:
    """Return the ArtistDistances of each batch of artists in Ray's object store. seed: of the random folds."""
    random, folds = np.random.default_rng(seed), []
    for batch in careers:
        for rows in rows_by_artist(batch.paintings).values():
            ids = batch.paintings["painting_id"].iloc[rows].to_numpy()
            folds.append(pd.Series(random.permutation(len(rows)) % FOLDS, index=ids))
    batches = map_batches(distances_in, careers, label="distances", space=space, folds=pd.concat(folds))
    return [ray.put(batch) for batch in batches]


def distances_in(batch: EmbeddedWorks, space: StyleSpace, folds: pd.Series) -> list[ArtistDistances]:
    """Return the distances of the artists in a batch. folds: of works by painting_id."""
    works, artists = batch.read(), []
    years, ends = years_of(works.paintings).midpoints, np.cumsum(works.manifest.blocks)
    for rows in rows_by_artist(works.paintings).values():
        standard = np.split(space.standardise(works.matrix[rows]), ends[:-1], axis=1)
        depths = np.empty((len(standard), len(rows), len(rows)), dtype=np.float32)
        for number, depth in enumerate(standard):
            depths[number] = euclidean_distances(depth, squared=True) / depth.shape[1]
        own = folds[works.paintings["painting_id"].iloc[rows]].to_numpy()
        artists.append(ArtistDistances(years[rows], own, works.manifest.parts, depths))
    return artists


def try_settings(settings: Settings, batches: Sequence[ray.ObjectRef]) -> None:
    """Run a Tune trial: cross-validate with these settings, and report after every fold. batches: share_distances()."""
    for metrics in cross_validate(artists_in(batches), ComparatorSettings(**settings)):
        tune.report(metrics)


def artists_in(batches: Sequence[ray.ObjectRef]) -> Iterator[ArtistDistances]:
    """Yield the artists of batches, which are taken from Ray's object store one after another."""
    for batch in batches:
        yield from ray.get(batch)


def cross_validate(artists: Iterable[ArtistDistances], settings: ComparatorSettings) -> Iterator[dict[str, float]]:
    """Yield after every fold the mean pair_accuracy and kendall_tau over artists and folds so far."""
    careers = [career_of(artist, settings) for artist in artists]
    rows = []
    for fold in range(FOLDS):
        for career in careers:
            quality = held_out_quality(career, fold=fold, noise=settings.noise)
            if quality is not None:
                rows.append(quality)
        pair_accuracy, kendall_tau = np.mean(rows, axis=0).tolist()
        yield {"folds": fold + 1, "pair_accuracy": pair_accuracy, "kendall_tau": kendall_tau}


def career_of(artist: ArtistDistances, settings: ComparatorSettings) -> Career:
    """Return the works of an artist, compared with these settings."""
    weights = depth_weights(artist.parts, tilt=settings.tilt)
    kernel = np.exp(-settings.gamma * in_medians(np.tensordot(weights, artist.depths, axes=1))[0])
    return Career(
        artist.years.copy(), artist.folds.copy(), kernel
    )  # views would keep the batch in the process's memory


def held_out_quality(career: Career, *, fold: int, noise: float) -> tuple[float, float] | None:
    """Return pair accuracy and Kendall's tau of the works of a fold, dated by the others; None without a pair."""
    held, years, kernel = career.folds == fold, career.years, career.kernel
    if len(set(years[held])) < 2:
        return None
    noisy = kernel[np.ix_(~held, ~held)] + noise * np.eye((~held).sum())
    coefficients = np.linalg.solve(noisy, years[~held] - years[~held].mean())
    quality = order_quality(kernel[np.ix_(held, ~held)] @ coefficients, Years.exact(years[held]))
    return quality.pair_accuracy or 0.0, quality.kendall_tau or 0.0
