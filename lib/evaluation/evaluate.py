"""Measure a model set on works that it never saw, beside baselines that need no model."""

from typing import Any

from pydantic import BaseModel

from lib.data.dataset import Dataset
from lib.data.embedded_works import EmbeddedWorks
from lib.dating.date_embedding.model import DateEmbeddingModel
from lib.evaluation.attribution import HeadFigures, NetworkFigures, evaluate_head, evaluate_network
from lib.evaluation.dating import DatingFigures, evaluate_dating
from lib.evaluation.methods import MethodComparison, evaluate_methods
from lib.evaluation.qualified import QualifiedFigures, evaluate_qualified
from lib.evaluation.single_works import SingleWorkFigures, evaluate_single_works
from lib.evaluation.verification import VerificationFigures, evaluate_verification
from lib.evaluation.works import HeldOutWorks, select_held_out_works
from lib.models.references import read_references
from lib.models.store import ModelSet
from lib.models.write_references import hashes_of

MOST_ANSWERS = 20_000_000  # probabilities in memory: of more test works and artists, so many works are drawn at random


class SkippedWorks(BaseModel, frozen=True):
    """Test works that no figure includes, because their artists have no works outside the test split."""

    artists_without_training_works: int
    their_test_works: int


class Evaluation(BaseModel, frozen=True):
    """The contents of metrics.json. dataset: its fingerprint. artist: the artist head's figures."""

    dataset: str
    backbone: str
    artist: HeadFigures
    dating: DatingFigures
    skipped: SkippedWorks
    artist_network: NetworkFigures | None
    methods: MethodComparison
    single_works: SingleWorkFigures | None
    verification: VerificationFigures | None
    qualified: QualifiedFigures

    def as_json(self) -> dict[str, Any]:
        """Return the figures as values of JSON."""
        return self.model_dump(mode="json", by_alias=True)


def evaluate(
    models: ModelSet,
    embedded: EmbeddedWorks,
    *,
    dataset: Dataset,
    date_embedding: DateEmbeddingModel | None,
    min_works: int,
) -> Evaluation:
    """Measure everything on the test works. min_works: works of an artist that counts in the main dating figures."""
    finite = embedded.finite
    test = select_held_out_works(finite, space=models.space)
    named = test.sample(most=max(1, MOST_ANSWERS // len(models.head.artists)))
    comparators = models.comparators()
    return Evaluation(
        dataset=models.provenance.dataset,
        backbone=models.provenance.backbone,
        artist=evaluate_head(models.head, named),
        dating=evaluate_dating(comparators, test, min_works=min_works),
        skipped=skipped_works(test),
        artist_network=evaluate_network(models.network, models.head, named, dataset=dataset)
        if models.network
        else None,
        methods=evaluate_methods(
            comparators,
            finite,
            test,
            date_embedding,
            space=models.space,
            dataset=dataset,
            min_works=min_works,
        ),
        single_works=evaluate_single_works(models.head, comparators, named),
        verification=evaluate_verification(
            models,
            test,
            read_references(models.folder, provenance=models.provenance),
            hashes=hashes_of(dataset),
        ),
        qualified=evaluate_qualified(models, finite, test),
    )


def skipped_works(test: HeldOutWorks) -> SkippedWorks:
    """Return the number of test works whose artists have no other works."""
    unknown = test.paintings["artist"][~test.paintings["artist"].isin(set(test.train_artists))]
    return SkippedWorks(artists_without_training_works=unknown.nunique(), their_test_works=len(unknown))
