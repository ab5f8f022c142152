"""Plan of a date embedding: the works it is trained on, its trunk and its recipe."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict
from torch import nn

from lib.data.descriptor import STATISTICS, BackboneSource, DescriptorPart, EmbeddingsManifest, depth_widths
from lib.data.embeddings import Embeddings
from lib.dating.date_embedding.network import ARCHITECTURE, build_date_embedding_network
from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.dating.date_embedding.selection import Selection, Trunk
from lib.dating.date_embedding.triplets import draw_batches
from lib.dating.date_embedding.works import choose_works
from lib.infra.errors import UserError
from lib.training.plan import Plan
from lib.training.recipe import Recipe

FORMAT: Final = 4  # of the bundles; raise it when new code makes or reads them differently


class DateEmbeddingProvenance(BaseModel):
    """What a date embedding is made from.

    fingerprint: of the dataset. works: hash of the works and their groups. The other fields are those of the plan.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[4] = FORMAT
    fingerprint: str
    trunk: Trunk
    backbones: tuple[BackboneSource, ...]
    parts: tuple[DescriptorPart, ...]
    views: int
    snapshot_every: int
    works: str
    recipe: DateEmbeddingRecipe

    def is_of(self, manifest: EmbeddingsManifest) -> bool:
        """Return whether it was made from the statistics of these embeddings."""
        made_from = (self.fingerprint, self.backbones, self.parts)
        return made_from == (manifest.dataset, manifest.backbones, manifest.of_kinds(STATISTICS).parts)


@dataclass(frozen=True)
class DateEmbeddingPlan:
    """What is trained on what: equal plans give equal networks, up to rounding.

    dataset: folder of the dataset. fingerprint: of the dataset. trunk: embeddings (a head on the backbone's embeddings)
    or last_block (last block of ARCHITECTURE and a head). backbones, parts: of the embeddings. works: n rows of
    painting_id, artist, group, year, split. views: cached augmented views of each train work, for last_block.
    snapshot_every: epochs between the snapshots of the embedding.
    """

    dataset: Path
    fingerprint: str
    trunk: Trunk
    backbones: tuple[BackboneSource, ...]
    parts: tuple[DescriptorPart, ...]
    works: pd.DataFrame
    views: int
    snapshot_every: int
    recipe: DateEmbeddingRecipe

    @property
    def summary(self) -> str:
        """Return what is trained on how many works, in one sentence."""
        train, artists = int((self.works["split"] == "train").sum()), self.works["artist"].nunique()
        return f"{self.trunk} on {train} works of {artists} artists"

    def provenance(self) -> DateEmbeddingProvenance:
        """Return what decides the trained network."""
        rows = self.works[["painting_id", "group"]].to_csv(index=False)
        return DateEmbeddingProvenance(
            fingerprint=self.fingerprint,
            trunk=self.trunk,
            backbones=self.backbones,
            parts=self.parts,
            views=self.views,
            snapshot_every=self.snapshot_every,
            works=hashlib.sha256(rows.encode()).hexdigest()[:16],
            recipe=self.recipe,
        )

    def build_network(self) -> nn.Module:
        """Return the network with its initial weights."""
        return build_date_embedding_network(self.recipe, trunk=self.trunk, width=sum(depth_widths(self.parts)))

    def prefix(self) -> Plan:
        """Return the plan of the frozen prefix, whose activations are cached: full views of all splits, and views."""
        return Plan(
            dataset=self.dataset,
            fingerprint=self.fingerprint,
            architecture=ARCHITECTURE,
            weights="imagenet",
            trainable="last_block",
            fold=True,
            views=self.views,
            artists=["nobody"],  # the prefix does not depend on the classes
            recipe=Recipe(seed=self.recipe.seed),
            full_view_splits=("train", "val", "test"),
        )

    def require_batches(self, workers: int) -> None:
        """Raise UserError where an epoch has fewer batches than workers."""
        artists, recipe = self.works["artist"][self.works["split"] == "train"], self.recipe
        batches = draw_batches(
            artists, batching=recipe.batching, batch_size=recipe.batch_size, seed=recipe.seed, epoch=1
        )
        if len(batches) < workers:
            raise UserError(f"an epoch has {len(batches)} batches, fewer than --workers {workers}; choose fewer")


@dataclass(frozen=True)
class PlannedDateEmbedding:
    """A plan, the embeddings of its works in the same order, and the reason for each artist that is skipped."""

    plan: DateEmbeddingPlan
    embeddings: Embeddings
    skipped: dict[str, str]


def date_embedding_plan(
    embeddings: Embeddings,
    *,
    dataset: Path,
    selection: Selection,
    recipe: DateEmbeddingRecipe,
    trunk: Trunk = "embeddings",
    views: int = 0,
    snapshot_every: int = 1,
) -> PlannedDateEmbedding:
    """Return the plan for the selected works.

    embeddings: finite ones of all paintings. Raises UserError where no embedding can be trained on the works.
    """
    works, skipped = choose_works(embeddings.paintings, selection=selection, recipe=recipe)
    plan = DateEmbeddingPlan(
        dataset=dataset,
        fingerprint=embeddings.manifest.dataset,
        trunk=trunk,
        backbones=embeddings.manifest.backbones,
        parts=embeddings.manifest.parts,
        works=works,
        views=views if trunk == "last_block" else 0,
        snapshot_every=snapshot_every,
        recipe=recipe,
    )
    rows = embeddings.paintings["painting_id"].isin(works["painting_id"]).to_numpy()
    return PlannedDateEmbedding(plan=plan, embeddings=embeddings.where(rows), skipped=skipped)
