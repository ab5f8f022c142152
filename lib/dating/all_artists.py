"""What the careers of all artists decide together: the kernel of comparators, and the trend that they share.

Careers are read batch by batch (lib/data/embedded_works.py), on all cores where there are many.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.data.embedded_works import ReadableWorks, careers_of, some_careers
from lib.data.embeddings import Embeddings
from lib.dating.kernel import Kernel, kernel_errors, kernel_of, narrowly_dated
from lib.dating.trend import (
    SharedTrend,
    TrendAccuracy,
    TrendErrors,
    TrendSums,
    accuracy_of,
    centred,
    fit_components,
    trend_errors,
    trend_sums,
)
from lib.features.style_space import StyleSpace
from lib.infra.tasks import map_batches

KERNEL_WORKS = 20_000  # of artists drawn at random, that the kernel is chosen on
COMPONENT_WORKS = 10_000  # that the trend's components are taken from
MEASURED_WORKS = 20_000  # that its accuracy is measured on


@dataclass(frozen=True)
class Trends:
    """The trend that all artists share, and how well the trend of all others dates an artist."""

    shared: SharedTrend
    accuracy: TrendAccuracy


def choose_shared_kernel(seen: ReadableWorks, *, space: StyleSpace) -> Kernel:
    """Return the kernel that dates works best, leave-one-out. seen: works to learn from."""
    careers = careers_of(some_careers(seen, most=KERNEL_WORKS))
    return kernel_of(np.sum(list(map_batches(errors_of_kernels, careers, label="kernel", space=space)), axis=0))


def fit_all_trends(seen: ReadableWorks, *, space: StyleSpace) -> Trends:
    """Return the trends of all artists. seen: works to learn from."""
    sample = careers_of(some_careers(seen, most=COMPONENT_WORKS))
    works = [
        row for batch in map_batches(centred_works, sample, label="trend: components", space=space) for row in batch
    ]
    components = fit_components(works, width=sum(map(len, space.columns().values())))
    careers = careers_of(seen)
    sums = sum(
        map_batches(sums_of_careers, careers, label="trend", space=space, components=components),
        start=TrendSums.nothing(components),
    )
    shared = SharedTrend(components, sums)
    measured = careers_of(some_careers(seen, most=MEASURED_WORKS))
    batches = map_batches(errors_of_trends, measured, label="trend: accuracy", space=space, shared=shared)
    return Trends(shared, accuracy_of([errors for batch in batches for errors in batch]))


def careers_in(batch: ReadableWorks, space: StyleSpace) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return positions (n, d) and years (n,) by artist, of the works that are dated to a narrow range."""
    works: Embeddings = batch.read().finite()
    return narrowly_dated(works, positions=space.positions(works.matrix))


def errors_of_kernels(batch: ReadableWorks, space: StyleSpace) -> np.ndarray:
    """Return what kernel_errors() does of the careers in a batch."""
    return kernel_errors(careers_in(batch, space).values())


def centred_works(batch: ReadableWorks, space: StyleSpace) -> list[np.ndarray]:
    """Return the positions (n, d) of each artist in a batch, relative to their mean."""
    return [works.astype(np.float16) for works in centred(careers_in(batch, space))]


def sums_of_careers(batch: ReadableWorks, space: StyleSpace, components: np.ndarray) -> TrendSums:
    """Return the sums of the careers in a batch."""
    return trend_sums(careers_in(batch, space), components)


def errors_of_trends(batch: ReadableWorks, space: StyleSpace, shared: SharedTrend) -> Sequence[TrendErrors]:
    """Return how the trend of all others dates each artist in a batch."""
    return trend_errors(careers_in(batch, space), shared)
