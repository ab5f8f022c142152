"""python benchmarks/backbones.py --dataset DATASET --backbones NAME NAME+NAME … [--out FOLDER]

Compare backbones on your own dataset: how well models fitted to its train works name, order and date its val works and
tell whether two works are by one artist, and what a painting costs. Nothing of the test split is used. Writes
FOLDER/backbones.md and FOLDER/backbones.png. Each backbone's embeddings must be there: make them with jobs/embed.py.
"""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from backbones_report import BackboneFigures, Mean, SamePainter, picture, report
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.model_selection import KFold

from lib.attribution.artist_head import evidence
from lib.attribution.ensemble import combine, fit_weights
from lib.attribution.fit_artist_head import axes_of_members, choose_artist_head
from lib.attribution.two_covariance import TwoCovariance, fit_two_covariance
from lib.data.dataset import Dataset
from lib.data.embeddings import Embeddings, embeddings_folder
from lib.data.images import open_image
from lib.data.paintings import LEARNED_SPLITS, read_part
from lib.data.splits import near_duplicate_groups
from lib.dating.all_artists import fit_all_trends
from lib.dating.kernel import Kernel
from lib.dating.per_artist import choose_artists, quality_on_val, works_of
from lib.features.embedder import CPU_BATCH, GPU_BATCH, Embedder, best_device
from lib.features.placed_works import PlacedWorks, of_sample
from lib.features.style_space import TILT, StyleSpace
from lib.infra.cli import run
from lib.infra.errors import UserError
from lib.infra.paths import make_folder
from lib.models.train import fit_space_and_kernel
from lib.stats.metrics import IntervalQuality

FOLDS = 5
MIN_WORKS = 12  # of an artist with a comparator, as jobs/train_per_artist.py has it
MOST_WORKS = 1500  # whose pairs are looked at: a million pairs, drawn at random where there are more works


@dataclass
class Backbones:
    """Options of benchmarks/backbones.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    backbones: tuple[str, ...]
    """Backbones, or several joined by +, as jobs/embed.py --backbone named them. Speeds are relative to the first."""
    out: Path = Path("out/backbones")
    """Folder for the tables and the picture."""
    repeats: int = 3
    """Timings of each backbone, in turn."""


@dataclass(frozen=True)
class ValidatedWorks:
    """Train and val works in the style space of the train works.

    positions: (n, d). val: (n,) true for the val works. distinct: (n,) false for all but one of near-duplicates.
    """

    embeddings: Embeddings
    space: StyleSpace
    kernel: Kernel
    positions: np.ndarray
    val: np.ndarray
    distinct: np.ndarray

    @property
    def artists(self) -> np.ndarray:
        """Return the artists (n,) of the works."""
        return self.embeddings.paintings["artist"].to_numpy(dtype=str)


def main(config: Backbones) -> None:
    """Measure one backbone after another, then the speed of all in turn."""
    dataset = Dataset.open(config.dataset)
    for backbone in config.backbones:
        dataset.embeddings(backbone, kinds=())  # what is missing should end the run at once, not after minutes
    distinct = distinct_works(dataset)
    figures = [figures_of(dataset, backbone, distinct=distinct) for backbone in config.backbones]
    print("speed", flush=True)
    speeds = measure_speeds(dataset, config.backbones, ids=sorted(distinct), repeats=config.repeats)
    text = report(figures, speeds=speeds, device="a GPU" if best_device() == "cuda" else "one core")
    make_folder(config.out)
    (config.out / "backbones.md").write_text(text, encoding="utf-8")
    picture(figures, speeds=speeds).savefig(config.out / "backbones.png", dpi=110)
    print(text)


def distinct_works(dataset: Dataset) -> set[str]:
    """Return the ids of the train and val works, of near-duplicates only one."""
    columns = ["painting_id", "artist", "phash"]
    parts = [read_part(part, columns=columns, splits=LEARNED_SPLITS) for part in dataset.parts()]
    works = pa.concat_tables(parts).to_pandas()
    return set(works["painting_id"][works["painting_id"] == near_duplicate_groups(works)])


def figures_of(dataset: Dataset, backbone: str, *, distinct: set[str]) -> BackboneFigures:
    """Return all figures of a backbone but its speed."""
    print(backbone, flush=True)
    embeddings = dataset.embeddings(backbone)
    works = validated_works(embeddings.outside_test().finite(), distinct=distinct)
    qualities = date_val_works(works)
    return BackboneFigures(
        backbone=backbone,
        top1=name_val_works(works),
        pair_accuracy=Mean.of([quality.pair_accuracy for quality in qualities], baseline=0.5),
        error=Mean.of(
            [quality.mae_years for quality in qualities],
            baseline=float(np.mean([quality.mae_years_median_baseline for quality in qualities]))
            if qualities
            else None,
        ),
        dated=sum(quality.n for quality in qualities),
        pairs=sum(quality.pairs for quality in qualities),
        seen=same_painter_seen(works),
        unseen=same_painter_unseen(works),
        dimensions=embeddings.matrix.shape[1],
        bytes_each=embeddings.matrix[0].nbytes,
        licences={source.name: source.licence for source in embeddings.manifest.backbones},
    )


def validated_works(seen: Embeddings, *, distinct: set[str]) -> ValidatedWorks:
    """Fit the style space and the kernel to the train works. Raises UserError without train or without val works."""
    val = (seen.paintings["split"] == "val").to_numpy()
    if not 0 < val.sum() < len(val):
        raise UserError(
            f"{val.sum()} of {len(val)} train and val works are val works; ingest the dataset so that it has both"
        )
    space, kernel = fit_space_and_kernel(seen.where(~val), tilt=TILT)
    is_distinct = seen.paintings["painting_id"].isin(distinct).to_numpy()
    return ValidatedWorks(seen, space, kernel, space.positions(seen.matrix), val, is_distinct)


def name_val_works(works: ValidatedWorks) -> Mean:
    """Return the top-1 accuracy on the val works of artists with train works.

    The strengths of the linear heads are chosen on all val works, the weights of the members are cross-fitted on them.
    """
    artists = works.artists
    learned = PlacedWorks(works.positions, artists, works.val)
    axes, _ = of_sample(axes_of_members, learned, label="components", columns=works.space.columns())
    head = choose_artist_head(learned, axes=axes).head
    known = works.val & np.isin(artists, head.artists)
    members, labels = (
        evidence(head.linear, head.model, works.positions[known], head.model.coordinates(works.positions[known])),
        head.labels(artists[known]),
    )
    right = np.zeros(len(labels), dtype=bool)
    for fitted, measured in folds(len(labels)):
        weights, _ = fit_weights([member[fitted] for member in members], labels[fitted])
        logits = combine([member[measured] for member in members], weights=weights)
        right[measured] = logits.argmax(axis=1) == labels[measured]
    return Mean.share(right, baseline=float(np.bincount(labels).max() / len(labels)))


def folds(works: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return rows to fit to and rows to measure on, for each fifth of the works. Raises UserError for fewer than 2."""
    if works < 2:
        raise UserError(f"{works} val works are by an artist with train works; ingest the dataset with more val works")
    return list(KFold(min(FOLDS, works), shuffle=True, random_state=0).split(np.zeros(works)))


def date_val_works(works: ValidatedWorks) -> list[IntervalQuality]:
    """Return the figures on val of each artist whose val works have an order, by comparators of the train works."""
    seen = works.embeddings
    artists, _ = choose_artists(seen.paintings, most=len(seen.paintings), min_works=MIN_WORKS)
    trends = fit_all_trends(seen.where(~works.val), space=works.space)
    qualities = []
    for artist in artists:
        own = works_of(artist, seen, space=works.space, shared=trends.shared)
        qualities.append(quality_on_val(own, val=works.val[works.artists == artist], kernel=works.kernel))
    return [quality for quality in qualities if quality and quality.pairs]


def same_painter_seen(works: ValidatedWorks) -> SamePainter | None:
    """Return how well a model of the train works tells pairs of val works of the same artists."""
    model = fit_two_covariance(works.positions[~works.val], works.artists[~works.val])
    queries = works.val & works.distinct & np.isin(works.artists, model.artists)
    return compare_pairs(model, works.positions[queries], works.artists[queries])


def same_painter_unseen(works: ValidatedWorks) -> SamePainter | None:
    """Return how well models tell pairs of train and val works of artists that they did not learn: mean over folds.

    Each fold holds out a fifth of the artists; its model learns from the train works of the others.
    """
    artists, results = works.artists, []
    for held_out in np.array_split(np.random.default_rng(0).permutation(np.unique(artists)), FOLDS):
        unseen = np.isin(artists, held_out)
        learned = ~unseen & ~works.val
        if len(held_out) < 2 or learned.sum() < 2:
            continue  # all pairs would be by one artist, or there is nothing to learn from
        model = fit_two_covariance(works.positions[learned], artists[learned])
        queries = unseen & works.distinct
        results.append(compare_pairs(model, works.positions[queries], artists[queries]))
    return SamePainter.mean([result for result in results if result])


def compare_pairs(model: TwoCovariance, positions: np.ndarray, artists: np.ndarray) -> SamePainter | None:
    """Return the AUCs over all pairs of works, (n, d) of artists (n,); None without pairs of either kind."""
    rows = np.random.default_rng(0).permutation(len(artists))[:MOST_WORKS]
    positions, artists = positions[rows], artists[rows]
    pairs = np.triu_indices(len(rows), k=1)
    same = artists[pairs[0]] == artists[pairs[1]]
    if same.all() or not same.any():
        return None
    single = replace(
        model, artists=rows.tolist(), works=np.ones(len(rows), dtype=int), sums=model.coordinates(positions)
    )  # each work as the only one of an artist, so that ratios are those of pairs
    return SamePainter(
        auc=float(roc_auc_score(same, single.log_likelihood_ratios(positions)[pairs])),
        cosine=float(roc_auc_score(same, cosine_similarity(positions)[pairs])),
        pairs=len(same),
        same=int(same.sum()),
    )


def measure_speeds(
    dataset: Dataset, backbones: tuple[str, ...], *, ids: list[str], repeats: int
) -> dict[str, list[float]]:
    """Return the paintings a second of each backbone, once each repeat, from decoded pictures to embeddings."""
    torch.set_num_threads(1)  # as a worker of jobs/embed.py
    number = GPU_BATCH if best_device() == "cuda" else 4 * CPU_BATCH
    images = [open_image(jpeg) for jpeg in dataset.images(ids[:number]).values()]
    embedders = {}
    for name in backbones:
        manifest, folder = dataset.embeddings(name).manifest, embeddings_folder(dataset.folder, name)
        embedders[name] = Embedder.restore(manifest.backbones, folder=folder, parts=manifest.parts)
        embedders[name].embed(images[:CPU_BATCH])
    speeds: dict[str, list[float]] = {name: [] for name in backbones}
    for _ in range(repeats):
        for name, embedder in embedders.items():
            start = time.perf_counter()
            embedder.embed(images)
            speeds[name].append(len(images) / (time.perf_counter() - start))
    return speeds


if __name__ == "__main__":
    run(main, Backbones, __doc__)
