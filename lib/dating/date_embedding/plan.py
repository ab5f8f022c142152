"""Plan of a date embedding: the works it is trained on, its trunk and its recipe."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict
from torch import nn

from lib.data.descriptor import STATISTICS, BackboneSource, DescriptorPart, EmbeddingsManifest, depth_widths
from lib.data.embedded_works import EmbeddedWorks
from lib.dating.date_embedding.network import ARCHITECTURE, build_date_embedding_network
from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.dating.date_embedding.selection import Selection, Trunk
from lib.dating.date_embedding.triplets import draw_batches
from lib.dating.date_embedding.works import choose_works
from lib.features.placed_works import fit_space
from lib.features.style_space import StyleSpace
from lib.infra.errors import UserError
from lib.training.plan import Plan
from lib.training.recipe import Recipe

WORK_COLUMNS = ["painting_id", "artist", "group", "earliest", "latest", "year", "split"]
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
    WORK_COLUMNS, by painting_id. views: cached augmented views of each train work, for last_block.
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
    """A plan, its works in the order of the parts, and the reason for each artist that is skipped.

    works: with all parts of their embeddings, of which the statistics are finite.
    """

    plan: DateEmbeddingPlan
    works: EmbeddedWorks
    skipped: dict[str, str]

    @property
    def statistics(self) -> EmbeddedWorks:
        """Return the works with the statistics of their embeddings alone."""
        return self.works.of_kinds(STATISTICS)

    @cached_property
    def space(self) -> StyleSpace:
        """Return the style space fitted to the statistics of the train works, which are read for it."""
        return fit_space(self.statistics.where((self.works.paintings["split"] == "train").to_numpy()))


def date_embedding_plan(
    embedded: EmbeddedWorks,
    *,
    dataset: Path,
    selection: Selection,
    recipe: DateEmbeddingRecipe,
    trunk: Trunk = "embeddings",
    views: int = 0,
    snapshot_every: int = 1,
) -> PlannedDateEmbedding:
    """Return the plan for the selected works, whose embeddings are read once to leave out those that are not finite.

    embedded: all works. Raises UserError where no embedding can be trained on the works.
    """
    paintings = embedded.paintings.sort_values("painting_id", kind="stable")
    works, skipped = choose_works(paintings, selection=selection, recipe=recipe)
    chosen = embedded.where(embedded.paintings["painting_id"].isin(works["painting_id"]).to_numpy())
    finite = chosen.of_kinds(STATISTICS).finite.paintings["painting_id"]
    if len(finite) < len(works):
        print(f"{len(works) - len(finite)} works are left out, whose embeddings are not finite")
        works, others = choose_works(works[works["painting_id"].isin(finite)], selection=selection, recipe=recipe)
        skipped |= others
        chosen = chosen.where(chosen.paintings["painting_id"].isin(works["painting_id"]).to_numpy())
    manifest = embedded.manifest.of_kinds(STATISTICS)
    plan = DateEmbeddingPlan(
        dataset=dataset,
        fingerprint=manifest.dataset,
        trunk=trunk,
        backbones=manifest.backbones,
        parts=manifest.parts,
        works=works[WORK_COLUMNS],
        views=views if trunk == "last_block" else 0,
        snapshot_every=snapshot_every,
        recipe=recipe,
    )
    return PlannedDateEmbedding(plan=plan, works=chosen, skipped=skipped)
