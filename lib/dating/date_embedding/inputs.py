"""Inputs of the date embedding's network: scaled style-space positions, or cached activations of the frozen prefix."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lib.data.embeddings import Embeddings
from lib.dating.date_embedding.plan import DateEmbeddingPlan
from lib.features.style_space import StyleSpace, fit_style_space
from lib.infra.paths import read_parquet
from lib.training.activations import read_rows

Shapes = dict[str, list[int]]  # shape of a cached row by split, channels last


@dataclass(frozen=True)
class Inputs:
    """Network inputs, float16. full_view: (works, …). views: at least one tensor (train works, …)."""

    full_view: Tensor
    views: list[Tensor]


def fit_train_space(embeddings: Embeddings) -> StyleSpace:
    """Return the style space fitted to the train works."""
    train = (embeddings.paintings["split"] == "train").to_numpy()
    return fit_style_space(embeddings.matrix[train], parts=embeddings.manifest.parts)


def head_inputs(space: StyleSpace, embeddings: np.ndarray) -> Tensor:
    """Return float16 inputs (n, dimensions) of the head for embeddings (n, dimensions), scaled to about unit size."""
    weighted = space.weighted(embeddings)
    return torch.from_numpy(weighted * np.sqrt(weighted.shape[1])).half()


def embedding_inputs(plan: DateEmbeddingPlan, inputs: Tensor) -> Inputs:
    """Return the inputs of the trunk `embeddings`; inputs: (works, dimensions) by head_inputs()."""
    train = torch.from_numpy((plan.works["split"] == "train").to_numpy())
    return Inputs(full_view=inputs, views=[inputs[train]])


def read_activations(plan: DateEmbeddingPlan, *, shapes: Shapes) -> Inputs:
    """Return the cached activations: the full view of all works, and the augmented views of the train works."""
    names = plan.works["painting_id"].to_numpy()
    train = names[(plan.works["split"] == "train").to_numpy()]
    views = [read_view(plan, names=train, view=view, shape=shapes["train"]) for view in range(1, plan.views + 1)]
    return Inputs(full_view=read_view(plan, names=names, view=0, shape=shapes["val"]), views=views)


def read_view(plan: DateEmbeddingPlan, *, names: np.ndarray, view: int, shape: list[int]) -> Tensor:
    """Return one cached view (n, channels, height, width), float16, of the paintings `names`, in this order."""
    rows: dict[str, bytes] = {}
    for part in sorted((plan.prefix().activations_folder() / f"view-{view}").glob("part-*.parquet")):
        table = read_parquet(part, filters=[("painting_id", "in", names.tolist())])
        rows |= dict(zip(table["painting_id"].to_pylist(), table["input"].to_pylist(), strict=True))
    return read_rows([rows[name] for name in names], shape=shape, dtype="float16").half()
