"""From an embedded set to an answer, by the models of one process: attribute, date and order."""

from lib.attribution.attribute import Attribution, attribute, known_artist_of, split_by_artist, vote
from lib.dating.known import KnownDates
from lib.dating.likely_artists import order_as
from lib.models.recognise import Recognised, dates_of, recognise
from serve.answers import Probabilities, artist_of, group_of
from serve.latest import LoadedModels
from serve.pipeline import EmbeddedSet
from serve.schemas import AttributeAnswer, AttributedWork, Group, SortAnswer, models_used


def sort_embedded(loaded: LoadedModels, works: EmbeddedSet) -> SortAnswer:
    """Sort a set. Raises UserError where the models do not know the artist."""
    attribution = attribution_of(loaded, works)
    recognised = recognise(loaded.references, works.names, works.embedded.hashes)
    known, given = {**dates_of(recognised), **works.known}, works.artist is not None
    groups = [
        sorted_group(loaded, group, artist=artist, known=known, given=given, recognised=recognised)
        for artist, group in split_by_artist(attribution, artist=works.artist, mixed=works.mixed).items()
    ]
    return SortAnswer(groups=groups, rejected=works.rejected, models=models_used(loaded.models))


def attribute_embedded(loaded: LoadedModels, works: EmbeddedSet) -> AttributeAnswer:
    """Attribute a set."""
    models, attribution = loaded.models, attribution_of(loaded, works)
    probabilities = Probabilities.of(attribution.probabilities)
    known_artist = known_artist_of(attribution, head=models.head, verifier=models.verifier)
    artist = str(vote(attribution.probabilities).index[0])
    return AttributeAnswer(
        artist=artist_of(probabilities, artist=artist, known_artist=known_artist, given=False),
        works=[
            AttributedWork(file=file, artists=probabilities.first(shares))
            for file, shares in zip(works.names, probabilities.works, strict=True)
        ],
        rejected=works.rejected,
        models=models_used(models),
    )


def attribution_of(loaded: LoadedModels, works: EmbeddedSet) -> Attribution:
    """Return the positions and the artist probabilities of the works of a set."""
    models, embedded = loaded.models, works.embedded
    return attribute(
        embedded.embeddings,
        works.names,
        hashes=embedded.hashes,
        space=models.space,
        head=models.head,
        usual=models.usual,
        network_probabilities=embedded.network_probabilities,
        ensemble=models.ensemble,
    )


def sorted_group(
    loaded: LoadedModels, works: Attribution, *, artist: str, known: KnownDates, given: bool, recognised: Recognised
) -> Group:
    """Return the works of one artist, whom the caller may have given, in their order, where there is one."""
    order = order_as(artist, works, comparators=loaded.comparator, known=known, given=given)
    known_artist = known_artist_of(works, head=loaded.models.head, verifier=loaded.models.verifier)
    return group_of(works, order, artist=artist, known_artist=known_artist, given=given, recognised=recognised)
