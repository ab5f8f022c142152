"""python benchmarks/sorting.py

Sort n works of one artist by a comparator, and by the usual way from pairs to an order: ask about each of the
n(n - 1)/2 pairs, then rank by a Bradley-Terry model, of choix or of evalica. Prints the seconds of each from embeddings
to an order, and Kendall's tau of each with the true years. The study's way, a network on every pair of pictures, is
timed in benchmarks/service.py.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import choix
import evalica
import numpy as np
import tyro
from comparison import Comparison, Found, Growth, keep
from scipy.special import expit
from scipy.stats import kendalltau

from lib.data.descriptor import STATISTICS
from lib.data.embeddings import read_embeddings
from lib.dating.comparator import Comparator, fit_comparator
from lib.features.backbones import open_network
from lib.features.embedder import Embedder
from lib.features.style_space import TILT
from lib.models.train import fit_space_and_kernel
from lib.stats.years import Years
from lib.synthetic.embeddings import write_careers

BACKBONE = "efficientnet_lite0"
LEARNED = 231  # dated works, as the 100 largest artists of Painter by Numbers have outside the test split


@dataclass
class Sorting:
    """Options of benchmarks/sorting.py."""

    sizes: tuple[int, ...] = (10, 20, 50, 100, 200, 400)
    """Numbers of works in a set."""
    repeats: int = 5
    """Runs of each way on each size, in turn."""


def main(config: Sorting) -> None:
    """Time all ways in turn on sets of growing size and keep the figures."""
    comparator, positions, years = made_up(most=max(config.sizes))
    ways = {"ours": by_score, "choix": by_choix, "evalica": by_evalica}
    seconds: dict[str, dict[int, list[float]]] = {way: {size: [] for size in config.sizes} for way in ways}
    taus: dict[str, dict[int, float]] = {way: {} for way in ways}
    for size in config.sizes:
        for _ in range(config.repeats):
            for way, sort in ways.items():
                start = time.perf_counter()
                order = sort(comparator, positions[:size])
                seconds[way][size].append(time.perf_counter() - start)
                taus[way][size] = float(kendalltau(np.arange(size), years[:size][order]).statistic)
    keep("sorting", found(seconds, taus))


def made_up(*, most: int) -> tuple[Comparator, np.ndarray, np.ndarray]:
    """Return a comparator of a made-up artist, and positions (most, d) and years (most,) of works it never saw."""
    with tempfile.TemporaryDirectory() as name:
        widths = Embedder.of([open_network(BACKBONE)], kinds=STATISTICS).parts()[0].widths
        write_careers(Path(name), artists=1, works=LEARNED + most, blocks=widths)
        works = read_embeddings(Path(name), BACKBONE)
    rows = np.random.default_rng(0).permutation(LEARNED + most)
    known, asked = rows[:LEARNED], rows[LEARNED:]
    space, kernel = fit_space_and_kernel(works.where(np.isin(np.arange(len(rows)), known)), tilt=TILT)
    positions, years = space.positions(works.matrix), works.paintings["year"].to_numpy(dtype=np.float64)
    comparator = fit_comparator(positions[known], Years.exact(years[known]), kernel=kernel).comparator
    return comparator, positions[asked], years[asked]


def by_score(comparator: Comparator, positions: np.ndarray) -> np.ndarray:
    """Return the order (n,), oldest first: each work has a score of its own."""
    return np.argsort(comparator.estimate(positions)[0], kind="stable")


def answers(comparator: Comparator, positions: np.ndarray) -> np.ndarray:
    """Return the probability (n, n) that the one work is newer than the other."""
    scores = comparator.estimate(positions)[0]
    return expit((scores[:, None] - scores[None, :]) / comparator.temperature)


def by_choix(comparator: Comparator, positions: np.ndarray) -> np.ndarray:
    """Return the order (n,) by the iterative Luce spectral ranking of choix over all pairs."""
    newer = answers(comparator, positions)
    np.fill_diagonal(newer, 0)
    return np.argsort(choix.ilsr_pairwise_dense(newer, alpha=0.01), kind="stable")


def by_evalica(comparator: Comparator, positions: np.ndarray) -> np.ndarray:
    """Return the order (n,) by the Bradley-Terry model of evalica over all pairs, each weighed by its probability."""
    newer = answers(comparator, positions)
    first, second = np.nonzero(~np.eye(len(newer), dtype=bool))
    won, weights = [evalica.Winner.X] * len(first), newer[first, second].tolist()
    scores = evalica.bradley_terry(first.tolist(), second.tolist(), won, weights=weights).scores
    return scores.sort_values(kind="stable").index.to_numpy()


def found(seconds: dict[str, dict[int, list[float]]], taus: dict[str, dict[int, float]]) -> Found:
    """Return the comparisons for the largest set, and the growth of ours."""
    median: Callable[[list[float]], float] = lambda times: float(np.median(times))  # noqa: E731
    largest = max(taus["ours"])
    comparisons = [
        Comparison(
            f"sorting {size} works, from embeddings to an order (tau with the years: {taus['ours'][size]:.3f})",
            f"all pairs, then {way} (tau: {taus[way][size]:.3f})",
            "s", seconds["ours"][size], seconds[way][size], fewer=True,
        )
        for way in ("choix", "evalica")
        for size in sorted({20, largest} & set(taus["ours"]))
    ]  # fmt: skip
    return Found(
        title="Sorting",
        comparisons=comparisons,
        growths=[
            Growth(name, "work", "s", {size: median(times) for size, times in seconds[way].items()})
            for way, name in (("ours", "sorting by scores"), ("choix", "all pairs and choix"),
                              ("evalica", "all pairs and evalica"))
        ],
        notes=["One made-up artist. All ways ask the same comparator; only how answers become an order differs."],
    )  # fmt: skip


if __name__ == "__main__":
    main(tyro.cli(Sorting, description=__doc__))
