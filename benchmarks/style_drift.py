"""python benchmarks/style_drift.py

Print what it costs to keep the style space and the kernel when a catalogue grows: how far the space of all works is
from the one that is kept, and how differently the comparators of artists whose works did not change date their test
works in the two, with the error and the order of both. The embeddings are made up; the works that come are by further
artists.
"""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tyro

from lib.data.embeddings import Embeddings, read_embeddings
from lib.data.paintings import years_of
from lib.dating.all_artists import Trends, fit_all_trends
from lib.dating.kernel import Kernel
from lib.dating.per_artist import fit_works, works_of
from lib.features.style_space import StyleSpace, drift
from lib.models.train import fit_space_and_kernel
from lib.reports.markdown import table
from lib.stats.metrics import dating_quality
from lib.synthetic.embeddings import BACKBONE, write_careers


@dataclass
class StyleDrift:
    """Options of benchmarks/style_drift.py."""

    artists: int = 60
    """Artists of the catalogue before it grows."""
    works: int = 50
    """Works of each artist."""
    blocks: tuple[int, ...] = (128, 256, 512)
    """Widths of the depths of the embeddings."""
    added: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
    """Works that come, as shares of those there are."""
    noise: float = 6.0
    """Deviation of the noise of an embedding; a year moves its numbers by a fifteenth, an artist by three."""
    shift: float = 0.0
    """Standard deviations that the style of the further artists lies beside that of the others, in all dimensions."""


@dataclass(frozen=True)
class Frame:
    """What all comparators share."""

    space: StyleSpace
    kernel: Kernel
    trends: Trends


def main(config: StyleDrift) -> None:
    """Measure each share and print the table."""
    more = round(config.artists * max(config.added))
    with tempfile.TemporaryDirectory() as folder:
        names = write_careers(
            Path(folder), artists=config.artists + more, works=config.works, blocks=config.blocks, seed=1
        )
        everything = read_embeddings(Path(folder), BACKBONE)
    known = names[: config.artists]
    everything = altered(everything, known, noise=config.noise, shift=config.shift)
    before = frame_of(everything, known)
    rows = []
    for share in config.added:
        grown = names[: config.artists + round(config.artists * share)]
        after = frame_of(everything, grown)
        kept, fitted = (estimates(everything, known, frame) for frame in (before, after))
        differences = np.concatenate([np.abs(kept[name][0] - fitted[name][0]) for name in known])
        rows.append(
            [
                f"{share:.0%}",
                f"{drift(before.space, after.space):.3f}",
                "the same" if before.kernel == after.kernel else "another",
                f"{differences.mean():.2f}",
                f"{np.quantile(differences, 0.95):.2f}",
                *(f"{np.mean([figures[name][1] for name in known]):.2f}" for figures in (kept, fitted)),
                *(f"{np.mean([figures[name][2] for name in known]):.3f}" for figures in (kept, fitted)),
            ]
        )
    print(
        table(
            ["added", "drift", "kernel", "years apart, mean", "95 %", "error kept", "fitted", "pairs kept", "fitted"],
            rows,
        )
    )


def altered(embeddings: Embeddings, known: list[str], *, noise: float, shift: float) -> Embeddings:
    """Add noise to all embeddings, and move those of all but the known artists in all dimensions."""
    others = ~embeddings.paintings["artist"].isin(known).to_numpy()
    matrix = embeddings.matrix.astype(np.float32)
    matrix += noise * np.random.default_rng(2).standard_normal(matrix.shape, dtype=np.float32)
    matrix[others] += shift * matrix.std(axis=0)
    return replace(embeddings, matrix=matrix.astype(np.float16))


def frame_of(embeddings: Embeddings, artists: list[str]) -> Frame:
    """Fit what all comparators share to the works of these artists."""
    seen = embeddings.outside_test()
    seen = seen.where(seen.paintings["artist"].isin(artists).to_numpy())
    space, kernel = fit_space_and_kernel(seen, tilt=1.5)
    return Frame(space, kernel, fit_all_trends(seen, space=space))


def estimates(embeddings: Embeddings, artists: list[str], frame: Frame) -> dict[str, tuple[np.ndarray, float, float]]:
    """Return of each artist the estimated years of test works, their mean error, and the share of ordered pairs."""
    seen, found = embeddings.outside_test(), {}
    for artist in artists:
        works = works_of(artist, seen, space=frame.space, shared=frame.trends.shared)
        comparator = fit_works(works, np.ones(len(works.paintings), dtype=bool), kernel=frame.kernel).comparator
        rows = ((embeddings.paintings["artist"] == artist) & (embeddings.paintings["split"] == "test")).to_numpy()
        scores = comparator.estimate(frame.space.positions(embeddings.matrix[rows]))[0]
        quality = dating_quality(scores, years_of(embeddings.paintings[rows]), median=float(np.median(scores)))
        found[artist] = (scores, quality.mae_years, quality.pair_accuracy or 0.0)
    return found


if __name__ == "__main__":
    main(tyro.cli(StyleDrift))
