"""The source study's comparison of pair networks: plans, and the orders that trained networks give."""

import time
from typing import Any

import numpy as np
import pandas as pd
import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from lib.data.dataset import Dataset
from lib.data.paintings import LEARNED_SPLITS, years_of
from lib.dating.pairs.network import PairNetwork, fit_pairs, prefix_outputs, probability_first_newer
from lib.dating.pairs.pairs import Kind, all_pairs, row_sums
from lib.features.architectures import load_architecture
from lib.infra.errors import UserError
from lib.stats.metrics import count_pairs, order_quality
from lib.training.recipe import Recipe

TEST_SET, RANDOM_SET = "all test works", "20 random works"
DRAWN_SETS = {"4 test works": ("test", 4), "4 training works": ("train", 4), RANDOM_SET: (None, 20)}  # the study's
ARTISTS = 3  # whose works are ordered by default


class PairPlan(BaseModel):
    """What a pair network is trained on, and the artists whose works it orders.

    fingerprint: of the dataset. kind: of the pairs it is trained on. train_artist: the artist of these pairs, None for
    all. works: maximum number of works to train on. pairs: pairs of an epoch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str
    architecture: str
    weights: str
    trainable: str
    dropout: float
    kind: Kind = "random"
    train_artist: str | None = None
    ordered_artists: tuple[str, ...]
    works: int
    pairs: int
    recipe: Recipe

    @property
    def name(self) -> str:
        """Return a name that is unique among the plans of a run."""
        return f"{self.kind} {self.train_artist}" if self.train_artist else self.kind

    def build_network(self) -> PairNetwork:
        """Return the network with its initial weights. Raises UserError where the architecture does not allow it."""
        torch.manual_seed(self.recipe.seed)
        architecture = load_architecture(self.architecture, weights=self.weights)
        return PairNetwork(architecture, trainable=self.trainable, dropout=self.dropout)


class OrderedSet(BaseModel):
    """A set of an artist's works, ordered by `scores`, and the figures of the order.

    kind: of the network, or `comparator`. set: name of the set. pairs: those of different years, each predicted once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    artist: str
    set: str
    works: int
    painting_ids: list[str]
    pair_accuracy: float | None
    pairs: int
    ties_excluded: int
    kendall_tau: float | None
    scores: list[float]


class PairResult(BaseModel):
    """A trained network's result. works: number of works it was trained on. history: a row for each epoch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: PairPlan
    works: int
    seconds: float
    history: list[dict[str, float]]
    orders: list[OrderedSet]


def pair_plans(plan: PairPlan) -> list[PairPlan]:
    """Return the study's plans: random pairs, pairs of the same artist, and the pairs of each ordered artist alone."""
    by_artist = [
        plan.model_copy(update={"kind": "one_artist", "train_artist": artist, "ordered_artists": (artist,)})
        for artist in plan.ordered_artists
    ]
    return [plan, plan.model_copy(update={"kind": "same_artist"}), *by_artist]


def orderable_artists(paintings: pd.DataFrame) -> list[str]:
    """Return the artists with test works of which one is certainly newer than another, most test works first.

    paintings: artist, earliest, latest, split. Raises UserError where there are none.
    """
    test = paintings[paintings["split"] == "test"]
    ordered = [artist for artist, works in test.groupby("artist") if years_of(works).are_ordered]
    counts = test["artist"][test["artist"].isin(ordered)].value_counts()
    if counts.empty:
        raise UserError("the dataset has no artist with test works of two different years; ingest it with others")
    return counts.sort_index().sort_values(ascending=False, kind="stable").index.tolist()


def sets_of(paintings: pd.DataFrame, *, artist: str, seed: int) -> dict[str, np.ndarray]:
    """Return the row numbers of each set of works of `artist`: all test works, and the study's random sets.

    paintings: artist, split. Sets are drawn without replacement; a set is smaller where there are too few works.
    """
    rows = np.flatnonzero(paintings["artist"] == artist)
    splits = paintings["split"].to_numpy()
    shuffled = rows[np.random.default_rng(seed).permutation(len(rows))]
    sets = {TEST_SET: rows[splits[rows] == "test"]}
    for name, (split, works) in DRAWN_SETS.items():
        candidates = shuffled if split is None else shuffled[splits[shuffled] == split]
        sets[name] = candidates[:works]
    return sets


def run_plan(plan: PairPlan, dataset: Dataset, paintings: pd.DataFrame) -> PairResult:
    """Train the network of `plan` and order the sets of each artist.

    paintings: painting_id, artist, earliest, latest, year, split of the dataset.
    """
    start = time.monotonic()
    torch.set_num_threads(1)
    network = plan.build_network()
    works = train_works(paintings, plan=plan)
    images = dataset.images(works["painting_id"].tolist())
    state = fit_pairs(
        network,
        prefix_outputs(network, list(images.values())),
        artists=works["artist"].to_numpy(dtype=str),
        years=works["year"].to_numpy(),
        val=(works["split"] == "val").to_numpy(),
        same_artist=plan.kind != "random",
        pairs=plan.pairs,
        recipe=plan.recipe,
    )
    seconds = time.monotonic() - start
    orders = [
        order for artist in plan.ordered_artists for order in order_sets(network, dataset, paintings, artist, plan=plan)
    ]
    return PairResult(plan=plan, works=len(works), seconds=seconds, history=state["history"], orders=orders)


def train_works(paintings: pd.DataFrame, *, plan: PairPlan) -> pd.DataFrame:
    """Return the train and val works of the plan, dated to one year: a random sample of at most `plan.works`."""
    single_year = paintings["earliest"] == paintings["latest"]
    candidates = paintings[paintings["split"].isin(LEARNED_SPLITS) & single_year]
    if plan.train_artist is not None:
        candidates = candidates[candidates["artist"] == plan.train_artist]
    return candidates.sample(n=min(plan.works, len(candidates)), random_state=plan.recipe.seed)


def order_sets(
    network: PairNetwork, dataset: Dataset, paintings: pd.DataFrame, artist: str, *, plan: PairPlan
) -> list[OrderedSet]:
    """Return the network's order of each set of works of `artist` that holds more than one work."""
    sets = sets_of(paintings, artist=artist, seed=plan.recipe.seed)
    sets = {name: rows for name, rows in sets.items() if len(rows) > 1}
    rows = sorted({int(row) for set_rows in sets.values() for row in set_rows})
    images = dataset.images(paintings["painting_id"].iloc[rows].tolist())
    outputs = dict(zip(rows, prefix_outputs(network, list(images.values())), strict=True))
    return [
        order_set(
            network,
            torch.stack([outputs[int(row)] for row in set_rows]),
            paintings.iloc[set_rows],
            seed=plan.recipe.seed,
            kind=plan.kind,
            artist=artist,
            set=name,
        )
        for name, set_rows in sets.items()
    ]


def order_set(network: PairNetwork, outputs: Tensor, works: pd.DataFrame, *, seed: int, **names: Any) -> OrderedSet:
    """Return the network's order of works; outputs: (n, channels, height, width) of the prefix."""
    years = years_of(works)
    pairs = all_pairs(len(works), seed=seed)
    probabilities = probability_first_newer(network, outputs, pairs)
    scores = row_sums(pairs, probabilities, works=len(works))
    counts = count_pairs(probabilities - 0.5, years.gaps_of(pairs))
    return OrderedSet(
        **names,
        works=len(works),
        painting_ids=works["painting_id"].tolist(),
        pair_accuracy=counts.accuracy,
        pairs=counts.pairs,
        ties_excluded=len(pairs) - counts.pairs,
        kendall_tau=order_quality(scores, years).kendall_tau,
        scores=scores.tolist(),
    )
