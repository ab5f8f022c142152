"""Trials of the comparators' shared settings, a fraction of a second each: what no setting changes is computed once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat
from ray import tune
from sklearn.metrics.pairwise import euclidean_distances

from lib.data.descriptor import DescriptorPart
from lib.data.embeddings import Embeddings
from lib.data.paintings import years_of
from lib.dating.kernel import NARROW, in_medians
from lib.features.style_space import depth_weights, fit_style_space
from lib.stats.metrics import order_quality
from lib.stats.years import Years
from lib.sweeps.space import Settings

OBJECTIVE = "pair_accuracy"
FOLDS = 5  # of the cross-validation


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


def distances_by_artist(embeddings: Embeddings, *, min_works: int, seed: int) -> list[ArtistDistances]:
    """Return the works of each artist with at least `min_works` works of several years. seed: of the random folds."""
    parts, widths = embeddings.manifest.parts, embeddings.manifest.blocks
    space, ends = fit_style_space(embeddings.matrix, parts=parts), np.cumsum(widths)
    intervals = years_of(embeddings.paintings)
    narrow = intervals.widths <= NARROW
    random = np.random.default_rng(seed)
    artists = []
    for _, all_rows in sorted(embeddings.paintings.groupby("artist").indices.items()):
        rows = np.asarray(all_rows)[narrow[all_rows]]
        years = intervals.midpoints[rows]
        if len(rows) >= min_works and np.ptp(years) > 0:
            standard = np.split(space.standardise(embeddings.matrix[rows]), ends[:-1], axis=1)
            depths = [euclidean_distances(depth, squared=True) / depth.shape[1] for depth in standard]
            folds = random.permutation(len(rows)) % FOLDS
            artists.append(ArtistDistances(years, folds, parts, depths=np.stack(depths).astype(np.float32)))
    return artists


def try_settings(settings: Settings, artists: Sequence[ArtistDistances]) -> None:
    """Run a Tune trial: cross-validate with these settings, and report after every fold."""
    for metrics in cross_validate(artists, ComparatorSettings(**settings)):
        tune.report(metrics)


def cross_validate(artists: Sequence[ArtistDistances], settings: ComparatorSettings) -> Iterator[dict[str, float]]:
    """Yield after every fold the mean pair_accuracy and kendall_tau over artists and folds so far."""
    kernels = [kernel_of(artist, settings) for artist in artists]
    rows = []
    for fold in range(FOLDS):
        for artist, kernel in zip(artists, kernels, strict=True):
            quality = held_out_quality(artist, kernel, fold=fold, noise=settings.noise)
            if quality is not None:
                rows.append(quality)
        pair_accuracy, kendall_tau = np.mean(rows, axis=0).tolist()
        yield {"folds": fold + 1, "pair_accuracy": pair_accuracy, "kendall_tau": kendall_tau}


def kernel_of(artist: ArtistDistances, settings: ComparatorSettings) -> np.ndarray:
    """Return the similarity (n, n) of an artist's works."""
    weights = depth_weights(artist.parts, tilt=settings.tilt)
    return np.exp(-settings.gamma * in_medians(np.tensordot(weights, artist.depths, axes=1))[0])


def held_out_quality(
    artist: ArtistDistances, kernel: np.ndarray, *, fold: int, noise: float
) -> tuple[float, float] | None:
    """Return pair accuracy and Kendall's tau of the works of a fold, dated by the others; None without a pair."""
    held = artist.folds == fold
    years = artist.years
    if len(set(years[held])) < 2:
        return None
    noisy = kernel[np.ix_(~held, ~held)] + noise * np.eye((~held).sum())
    coefficients = np.linalg.solve(noisy, years[~held] - years[~held].mean())
    quality = order_quality(kernel[np.ix_(held, ~held)] @ coefficients, Years.exact(years[held]))
    return quality.pair_accuracy or 0.0, quality.kendall_tau or 0.0
