"""All models of one folder in memory at once, under a version that names exactly them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from lib.attribution import ArtistHead
from lib.comparators import Comparator
from lib.errors import UserError
from lib.models import (
    Card,
    find_artist_network,
    is_current,
    read_artist_head,
    read_comparator,
    read_style_space,
)
from lib.style import StyleSpace


@dataclass(frozen=True)
class Models:
    """Models that belong together.

    version: of the folder's content. recipe: what they were made from. network: folder of the artist network that names
    artists instead of the head, where there is one. comparators: with their cards, by artist; none where they were not
    asked for.
    """

    version: str
    recipe: Card
    space: StyleSpace
    head: ArtistHead
    network: Path | None
    comparators: dict[str, tuple[Comparator, Card]]


def version_of(folder: Path) -> str:
    """Return a hash of all cards of a models folder. Raises UserError where it holds no models."""
    cards = sorted(folder.glob("**/model.json"))
    if not cards:
        raise UserError(f"{folder} holds no models; train them with jobs/train_per_artist.py")
    content = hashlib.sha256()
    for card in cards:
        content.update(card.relative_to(folder).as_posix().encode())
        content.update(card.read_bytes())
    return content.hexdigest()[:12]


def read_models(folder: Path, *, comparators: bool) -> Models:
    """Read the style space and the artist head of a folder, and with `comparators` all of them too.

    Comparators of another recipe are left out. Raises UserError where the style space or the artist head is
    missing, where they do not belong together, and where the folder changes while it is read.
    """
    version = version_of(folder)
    space, _, recipe = read_style_space(folder)
    if not is_current(folder / "artist", recipe=recipe):
        raise UserError(f"{folder} holds an artist head of another recipe; train again with jobs/train_per_artist.py")
    head = read_artist_head(folder)
    bundles = sorted((folder / "comparators").glob("*/model.json")) if comparators else []
    read = [read_comparator(path.parent) for path in bundles if is_current(path.parent, recipe=recipe)]
    if version != version_of(folder):
        raise UserError(f"{folder} changed while it was read; try again when training has finished")
    by_artist = {card["artist"]: (comparator, card) for comparator, card in read}
    network = find_artist_network(folder, recipe=recipe)
    return Models(version=version, recipe=recipe, space=space, head=head, network=network, comparators=by_artist)
