"""What answers say about the models."""

from lib.models.snapshots import Models
from lib.models.store import Card
from serve.answers import ArtistLine, ArtistList, ModelCard, ModelsUsed


def models_used(models: Models) -> ModelsUsed:
    """Return what answers say about the models they were made with."""
    return ModelsUsed(version=models.version, dataset=models.recipe["dataset"], backbone=models.recipe["backbone"])


def artist_list(models: Models) -> ArtistList:
    """Return all artists the models know."""
    lines = [artist_line(name, models.comparators.get(name, (None, None))[1]) for name in models.head.artists]
    return ArtistList(artists=lines, models=models_used(models))


def artist_line(name: str, card: Card | None) -> ArtistLine:
    """Return an artist with the figures of the comparator's card, where there is one."""
    if card is None:
        return ArtistLine(name=name, dated=False)
    return ArtistLine(
        name=name,
        dated=True,
        works=sum(card["works"].values()),
        first_year=card["first_year"],
        last_year=card["last_year"],
        pair_accuracy=card["left_out"]["pair_accuracy"],
        error_years=card["left_out"]["mae_years"],
        error_years_median=card["left_out"]["mae_years_median_baseline"],
    )


def model_card(models: Models, name: str) -> ModelCard:
    """Return the card of an artist's comparator; of an artist without one, the name alone."""
    card = models.comparators[name][1] if name in models.comparators else {"artist": name, "comparator": None}
    return ModelCard(card=card, models=models_used(models))
