"""What answers say about the models."""

from lib.dating.comparator import ComparatorMetadata
from lib.models.snapshots import Models
from serve.answers import ArtistLine, ArtistList, ModelCard, ModelsUsed


def models_used(models: Models) -> ModelsUsed:
    """Return what answers say about the models they were made with."""
    return ModelsUsed(version=models.version, dataset=models.provenance.dataset, backbone=models.provenance.backbone)


def artist_list(models: Models) -> ArtistList:
    """Return all artists the models know."""
    lines = [artist_line(name, metadata_of(models, name)) for name in models.head.artists]
    return ArtistList(artists=lines, models=models_used(models))


def artist_line(name: str, metadata: ComparatorMetadata | None) -> ArtistLine:
    """Return an artist with the figures of the comparator's card, where there is one."""
    if metadata is None:
        return ArtistLine(name=name, dated=False)
    loo = metadata.loo or {}
    return ArtistLine(
        name=name,
        dated=True,
        works=sum(metadata.works.values()),
        first_year=metadata.first_year,
        last_year=metadata.last_year,
        pair_accuracy=loo.get("pair_accuracy"),
        error_years=loo.get("mae_years"),
        error_years_median=loo.get("mae_years_median_baseline"),
    )


def model_card(models: Models, name: str) -> ModelCard:
    """Return the card of an artist's comparator; of an artist without one, the name alone."""
    metadata = metadata_of(models, name)
    card = metadata.model_dump(mode="json") if metadata else {"artist": name, "comparator": None}
    return ModelCard(card=card, models=models_used(models))


def metadata_of(models: Models, name: str) -> ComparatorMetadata | None:
    """Return the metadata of an artist's comparator, None without one."""
    comparator = models.comparators.get(name)
    return comparator.metadata if comparator else None
