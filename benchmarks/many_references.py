"""python benchmarks/many_references.py

How well an artist with very many dated works is dated by some of them: works spread evenly over the career, as
lib/data/embedded_works.py takes them, works drawn at random, and works far from each other, beside all works. The
career is made up: its style moves along a random curve, with noise.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from pydantic import NonNegativeInt, PositiveInt
from sklearn.metrics import mean_absolute_error

from lib.dating.comparator import fit_comparator
from lib.dating.kernel import Kernel
from lib.infra import cli
from lib.stats.metrics import order_quality
from lib.stats.years import Years

DIMENSIONS, WAVES = 200, 12
KERNEL = Kernel(gamma=0.4, noise=0.1)

Choose = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


@dataclass(frozen=True)
class ManyReferences:
    """How large the career is."""

    works: PositiveInt = 4000
    """Dated works of the artist."""
    asked: PositiveInt = 1000
    """Further works, which are dated."""
    taken: tuple[int, ...] = (250, 500, 1000, 2000, 3000)
    """Numbers of works that are learned from."""
    seed: NonNegativeInt = 0
    """Of the random career."""


def main(config: ManyReferences) -> None:
    """Fit comparators to more and more works and print a table."""
    positions, years = career(config.works + config.asked, seed=config.seed)
    known, asked = slice(config.works), slice(config.works, None)
    print("| works | chosen | pairs in the right order | error, years | seconds of the fit |\n|---|---|---|---|---|")
    for taken in config.taken:
        for name, choose in CHOICES.items():
            rows = choose(positions[known], years[known], taken)
            report(name, positions[rows], years[rows], positions[asked], years[asked])
    report("all", positions[known], years[known], positions[asked], years[asked])
    median = np.full(config.asked, np.median(years[known]))
    print(f"median year: {mean_absolute_error(years[asked], median):.2f} years, 50 % of pairs")


def career(works: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return positions (works, DIMENSIONS) and years (works,) in random order."""
    random = np.random.default_rng(seed)
    years = np.round(random.uniform(1840, 1900, works))
    frequencies, phases = random.uniform(0.2, 3, WAVES), random.uniform(0, 2 * np.pi, WAVES)
    waves = np.cos(np.outer((years - 1840) / 60, 2 * np.pi * frequencies) + phases)
    positions = waves @ random.normal(size=(WAVES, DIMENSIONS)) + 3 * random.normal(size=(works, DIMENSIONS))
    return positions.astype(np.float32), years


def spread(positions: np.ndarray, years: np.ndarray, taken: int) -> np.ndarray:
    """Return rows of works evenly spread over the order by year."""
    return np.argsort(years, kind="stable")[np.linspace(0, len(years) - 1, taken).round().astype(int)]


def at_random(positions: np.ndarray, years: np.ndarray, taken: int) -> np.ndarray:
    """Return rows of works drawn at random."""
    return np.random.default_rng(0).permutation(len(years))[:taken]


def far_apart(positions: np.ndarray, years: np.ndarray, taken: int) -> np.ndarray:
    """Return rows of works each of which is the farthest from those before (Gonzalez 1985)."""
    rows = [0]
    nearest = ((positions - positions[0]) ** 2).sum(axis=1)
    while len(rows) < taken:
        rows.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, ((positions - positions[rows[-1]]) ** 2).sum(axis=1))
    return np.array(rows)


CHOICES: dict[str, Choose] = {"spread over the career": spread, "at random": at_random, "far apart": far_apart}


def report(name: str, learned: np.ndarray, years: np.ndarray, asked: np.ndarray, asked_years: np.ndarray) -> None:
    """Fit to some works and print a row."""
    start = time.perf_counter()
    comparator = fit_comparator(learned, Years.exact(years), kernel=KERNEL).comparator
    seconds = time.perf_counter() - start
    estimates = comparator.estimate(asked)[0]
    accuracy = order_quality(estimates, Years.exact(asked_years)).pair_accuracy or 0.0
    error = mean_absolute_error(asked_years, estimates)
    print(f"| {len(years):,} | {name} | {100 * accuracy:.1f} % | {error:.2f} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    cli.run(main, ManyReferences, __doc__)
