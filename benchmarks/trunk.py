"""python benchmarks/trunk.py --dataset DATASET --model models/artist_networks/efficientnet_lite0

Does a trunk that was trained to name artists date better than the plain one? Comparators are fitted to the train works
of each artist on the channel statistics of either trunk, and date the val works; no test work is read. Prints pair
accuracy and error of both, beside the median year, and a bootstrap interval of the difference.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import tyro
from torch import nn

from lib.attribution.model import read_artist_model
from lib.data.descriptor import DescriptorPart
from lib.data.images import decode_rgb, square
from lib.data.paintings import painting_parts, read_part
from lib.dating.comparator import fit_comparator
from lib.dating.kernel import choose_kernel
from lib.features.architectures import load_architecture
from lib.features.backbones import fold_batchnorm
from lib.features.statistics import channel_statistics
from lib.features.style_space import fit_style_space
from lib.stats.metrics import order_quality
from lib.stats.years import Years
from lib.training.network import ArtistNetwork

BATCH = 8  # paintings that pass through the network together
RESAMPLES = 2000  # of the bootstrap over artists


@dataclass
class Trunk:
    """Options of benchmarks/trunk.py."""

    dataset: Path
    """Folder written by jobs/ingest.py."""
    model: Path
    """Bundle written by jobs/train_artist.py, of the plain ImageNet weights with BatchNorm folded."""
    min_works: int = 40
    """Artists with fewer train works are skipped."""


def main(config: Trunk) -> None:
    """Describe all train and val works by both trunks, date the val works, and print the figures."""
    model = read_artist_model(config.model)
    plan = model.metadata.plan
    architecture = load_architecture(plan.architecture, weights=plan.weights)
    fold_batchnorm(architecture.blocks)
    plain = ArtistNetwork(architecture, trainable=plan.trainable, classes=1).eval()
    figures = {}
    for name, network in (("plain", plain), ("trained", model.network)):
        paintings, blocks = describe(config.dataset, network)
        figures[name] = date_val_works(paintings, blocks, min_works=config.min_works)
        mean = figures[name].mean()
        print(
            f"{name} trunk: pair accuracy {mean['pair_accuracy']:.4f} (a coin: 0.5), error {mean['error']:.2f} years "
            f"(median year: {mean['median_error']:.2f}); {len(figures[name])} artists, "
            f"{figures[name]['pairs'].sum():.0f} pairs of val works",
            flush=True,
        )
    for name in ("pair_accuracy", "error"):
        gain = (figures["trained"][name] - figures["plain"][name]).to_numpy()
        drawn = np.random.default_rng(0).choice(gain, (RESAMPLES, len(gain))).mean(axis=1)
        low, high = np.quantile(drawn, [0.025, 0.975])
        print(f"trained − plain, {name}: {gain.mean():+.4f}, 95 % interval over artists {low:+.4f} to {high:+.4f}")


@torch.inference_mode()
def describe(dataset: Path, network: ArtistNetwork) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Return the dated train and val works, and one float32 array (works, width) of statistics for each depth."""
    tables, depths = [], []
    for part in painting_parts(dataset):
        table = read_part(part, columns=["artist", "year", "split", "image"], splits=("train", "val")).to_pandas()
        table = table[table["year"].notna()]
        pixels = [square(decode_rgb(jpeg), size=network.size) for jpeg in table["image"]]
        tables.append(table.drop(columns="image"))
        for first in range(0, len(pixels), BATCH):
            maps = network.prefix_maps(torch.from_numpy(np.stack(pixels[first : first + BATCH])))[:1]
            depths.append([statistics.numpy() for statistics in channel_statistics(list(unit_maps(network, maps[0])))])
    return pd.concat(tables, ignore_index=True), [np.concatenate(depth) for depth in zip(*depths, strict=True)]


def unit_maps(network: ArtistNetwork, pixels: torch.Tensor) -> Iterator[torch.Tensor]:
    """Yield the feature maps after every unit of the network but bare convolutions, which a nonlinearity follows."""
    for unit in units(nn.Sequential(network.prefix, network.trunk)):
        pixels = unit(pixels)
        if pixels.ndim == 4 and pixels.shape[-1] > 1 and not isinstance(unit, nn.Conv2d):
            yield pixels


def units(block: nn.Sequential) -> Iterator[nn.Module]:
    """Yield the modules of nested sequences in the order in which they run."""
    for part in block:
        if isinstance(part, nn.Sequential):
            yield from units(part)
        else:
            yield part


def date_val_works(paintings: pd.DataFrame, depths: list[np.ndarray], *, min_works: int) -> pd.DataFrame:
    """Return pair_accuracy, pairs, error and median_error, in years, by artist: val works dated by train works."""
    train = (paintings["split"] == "train").to_numpy()
    matrix, years = np.concatenate(depths, axis=1), paintings["year"].to_numpy(dtype=np.float64)
    widths = tuple(depth.shape[1] for depth in depths)
    part = DescriptorPart(backbone="trunk", kind="statistics", widths=widths)
    space = fit_style_space(matrix[train], parts=[part])
    positions = space.positions(matrix)
    groups = {name: np.asarray(rows) for name, rows in paintings.groupby("artist").indices.items()}
    kernel = choose_kernel(
        (positions[rows[train[rows]]], years[rows[train[rows]]]) for rows in groups.values() if train[rows].sum() > 1
    )
    by_artist = {}
    for artist, rows in groups.items():
        seen, val = rows[train[rows]], rows[~train[rows]]
        if len(seen) < min_works or np.ptp(years[seen]) == 0 or len(set(years[val])) < 2:
            continue
        comparator = fit_comparator(positions[seen], Years.exact(years[seen]), kernel=kernel).comparator
        scores = comparator.estimate(positions[val])[0]
        quality = order_quality(scores, Years.exact(years[val]))
        errors = [np.abs(estimates - years[val]).mean() for estimates in (scores, np.median(years[seen]))]
        figures = {"pair_accuracy": quality.pair_accuracy, "pairs": quality.pairs}
        by_artist[artist] = {**figures, "error": errors[0], "median_error": errors[1]}
    return pd.DataFrame(by_artist).T


if __name__ == "__main__":
    main(tyro.cli(Trunk, description=__doc__))
