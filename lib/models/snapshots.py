"""All models of one folder in memory at once, under a version that names exactly them."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lib.attribution.linear_head import ArtistHead
from lib.dating.comparator import Comparator
from lib.features.style_space import StyleSpace
from lib.infra.errors import UserError
from lib.infra.paths import is_local, store_of
from lib.models.store import Card, find_artist_network, find_bundle, is_current, read_artist_head, read_style_space

THREADS = 16  # that read comparators: a store answers many requests at once, each slowly


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
    """Return a hash that changes with any card of a models folder. Raises UserError where it holds no models."""
    cards = contents(folder)
    if not cards:
        raise UserError(f"{folder} holds no models; train them with jobs/train_per_artist.py")
    content = hashlib.sha256()
    for name in sorted(cards):
        content.update(name.encode() + cards[name])
    return content.hexdigest()[:12]


def contents(folder: Path) -> dict[str, bytes]:
    """Return by name the cards below a folder; from a store what its list tells of each, which is one request."""
    if is_local(folder):
        return {card.relative_to(folder).as_posix(): card.read_bytes() for card in folder.glob("**/model.json")}
    fs, name = store_of(folder)
    listed = fs.find(name, detail=True)
    return {
        file.removeprefix(name): repr(sorted(about.items())).encode()
        for file, about in listed.items()
        if file.endswith("/model.json")
    }


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
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(lambda path: find_bundle(path.parent, recipe=recipe), bundles))
    if version != version_of(folder):
        raise UserError(f"{folder} changed while it was read; try again when training has finished")
    by_artist = {pair[1]["artist"]: pair for pair in found if pair}
    network = find_artist_network(folder, recipe=recipe)
    return Models(version=version, recipe=recipe, space=space, head=head, network=network, comparators=by_artist)
