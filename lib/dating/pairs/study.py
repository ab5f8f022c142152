"""The source study's comparison of pair networks: what each learns from, what it is asked, and its answers as rows."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from lib.data.dataset import painting_parts
from lib.dating.pairs.network import PairNetwork, fit_pairs, prefix_outputs, probability_first_newer
from lib.dating.pairs.pairs import Kind, all_pairs, row_sums
from lib.features.architectures import load_architecture
from lib.infra.paths import read_parquet
from lib.stats.metrics import count_pairs, order_quality
from lib.training.recipe import Recipe

SETS = {"4 test works": ("test", 4), "4 training works": ("train", 4), "20 random works": (None, 20)}  # the study's


@dataclass(frozen=True)
class PairPlan:
    """One pair network: what it is made from, and the artists whose works it is asked about.

    learns: the artist it learns from, None for all. kind: of the pairs it learns from. works: most works to learn from.
    pairs: in one epoch.
    """

    dataset: Path
    fingerprint: str
    architecture: str
    weights: str
    trainable: str
    dropout: float
    kind: Kind
    learns: str | None
    asked: list[str]
    works: int
    pairs: int
    recipe: Recipe

    def card(self) -> dict[str, Any]:
        """Return the plan as JSON keeps it, without the folder of the dataset."""
        card = asdict(self)
        card["recipe"]["decay_epochs"] = list(card["recipe"]["decay_epochs"])
        return {name: value for name, value in card.items() if name != "dataset"}

    def name(self) -> str:
        """Return what tells the network from the others of one run."""
        return f"{self.kind} {self.learns}" if self.learns else self.kind


def sets_of(paintings: pd.DataFrame, *, artist: str, seed: int) -> dict[str, np.ndarray]:
    """Return the row numbers of the sets of works of `artist` that are ordered: all test works, and the study's.

    paintings: artist, split. Works are drawn without replacement; a set is smaller where there are too few.
    """
    own = np.flatnonzero(paintings["artist"] == artist)
    splits = paintings["split"].to_numpy()[own]
    drawn = own[np.random.default_rng(seed).permutation(len(own))]
    found = {"all test works": own[splits == "test"]}
    for name, (split, works) in SETS.items():
        fitting = drawn if split is None else drawn[paintings["split"].to_numpy()[drawn] == split]
        found[name] = fitting[:works]
    return found


def run_plan(plan: PairPlan, paintings: pd.DataFrame) -> dict[str, Any]:
    """Fit the network of `plan` and ask it; return its card, seconds, history, and a row for each set of each artist.

    paintings: painting_id, artist, year, split of the dataset. A row has the scores that the set is sorted by.
    """
    start = time.monotonic()
    torch.manual_seed(plan.recipe.seed)
    torch.set_num_threads(1)
    architecture = load_architecture(plan.architecture, weights=plan.weights)
    network = PairNetwork(architecture, trainable=plan.trainable, dropout=plan.dropout)
    seen = works_to_learn_from(paintings, plan=plan)
    state = fit_pairs(
        network,
        prefix_outputs(network, read_jpegs(plan.dataset, seen["painting_id"].tolist())),
        artists=seen["artist"].to_numpy(dtype=str),
        years=seen["year"].to_numpy(),
        val=(seen["split"] == "val").to_numpy(),
        same_artist=plan.kind != "random",
        pairs=plan.pairs,
        recipe=plan.recipe,
    )
    seconds = time.monotonic() - start
    rows = [row for artist in plan.asked for row in ask(network, paintings, artist=artist, plan=plan)]
    return {"plan": plan.card(), "works": len(seen), "seconds": seconds, "history": state["history"], "rows": rows}


def works_to_learn_from(paintings: pd.DataFrame, *, plan: PairPlan) -> pd.DataFrame:
    """Return the train and val works that the network learns from: at most `plan.works`, drawn with the seed."""
    fitting = paintings[paintings["split"] != "test"]
    if plan.learns is not None:
        fitting = fitting[fitting["artist"] == plan.learns]
    return fitting.sample(n=min(plan.works, len(fitting)), random_state=plan.recipe.seed)


def ask(network: PairNetwork, paintings: pd.DataFrame, *, artist: str, plan: PairPlan) -> list[dict[str, Any]]:
    """Return a row for each set of works of `artist`: figures of the pairs, each scored once, and of the order."""
    sets = {
        name: rows for name, rows in sets_of(paintings, artist=artist, seed=plan.recipe.seed).items() if len(rows) > 1
    }
    everything = sorted({int(row) for rows in sets.values() for row in rows})
    place = {row: number for number, row in enumerate(everything)}
    outputs = prefix_outputs(network, read_jpegs(plan.dataset, paintings["painting_id"].iloc[everything].tolist()))
    found = []
    for name, rows in sets.items():
        years = paintings["year"].to_numpy()[rows]
        pairs = all_pairs(years, seed=plan.recipe.seed)
        probabilities = probability_first_newer(network, outputs[[place[int(row)] for row in rows]], pairs)
        scores = row_sums(pairs, probabilities, works=len(rows))
        counts = count_pairs(probabilities - 0.5, years[pairs[:, 0]] - years[pairs[:, 1]])
        order = order_quality(scores, years)
        ties = len(pairs) - counts.pairs
        told = {"pair_accuracy": counts.accuracy, "pairs": counts.pairs, "ties_excluded": ties}
        ids = paintings["painting_id"].iloc[rows].tolist()
        about = {"kind": plan.kind, "artist": artist, "set": name, "works": len(rows), "painting_ids": ids}
        found.append({**about, **told, "kendall_tau": order.kendall_tau, "scores": scores.tolist()})
    return found


def read_jpegs(dataset: Path, painting_ids: list[str]) -> list[bytes]:
    """Return the images of works, in the order of their names."""
    tables = [
        read_parquet(part, columns=["painting_id", "image"], filters=[("painting_id", "in", painting_ids)])
        for part in painting_parts(dataset)
    ]
    found = {name: image for one in tables for name, image in zip(*one.to_pydict().values(), strict=True)}
    return [found[name] for name in painting_ids]
