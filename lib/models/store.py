"""The models folder: which bundle is where, and how models become bundles and come back.

MODELS/
  style/                  the style space of a backbone, and the kernel that all comparators use in it
  artist/                 the artist head
  comparators/ARTIST/     one comparator per artist: its own or, with few dated works, by the trend of all
  artist_networks/…       networks that name artists, one for each architecture (lib/attribution/model.py)
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lib.attribution.linear_head import ArtistHead
from lib.data.dataset import Embeddings
from lib.dating.comparator import Comparator, Kernel, choose_kernel
from lib.features.style_space import TILT, StyleSpace, fit_style_space
from lib.infra.atomic import read_json
from lib.infra.bundles import read_bundle, read_card, slug, write_bundle
from lib.infra.errors import UserError

Card = dict[str, Any]
FORMAT = 2  # of the models; raise it when new code makes or reads them differently
NUMBERS = ("level", "scale", "gamma", "noise", "temperature", "spread")  # of a comparator, kept in its card


def recipe_of(embeddings_manifest: Card) -> Card:
    """Return the part of a recipe that embeddings decide; a bundle whose card cites another recipe is out of date."""
    values = {name: embeddings_manifest[name] for name in ("dataset", "backbone")}
    return {"format": FORMAT, **values, "blocks": list(embeddings_manifest["blocks"])}


def is_current(folder: Path, *, recipe: Card, scope: str | None = None) -> bool:
    """Tell whether the bundle at `folder` exists, was made by this recipe and, where one is named, is of this scope."""
    card = read_card(folder)
    return card is not None and card["recipe"] == recipe and scope in (None, card.get("scope"))


def comparator_folder(models: Path, artist: str) -> Path:
    """Return where the comparator of `artist` is kept."""
    return models / "comparators" / slug(artist)


def find_artist_network(models: Path, *, recipe: Card) -> Path | None:
    """Return the folder of the artist network of this recipe's dataset that is best on val; None without one."""
    found = {path.parent: read_json(path) for path in sorted((models / "artist_networks").glob("*/model.json"))}
    val = {
        folder: card["val"]["top1"]
        for folder, card in found.items()
        if card["plan"]["fingerprint"] == recipe["dataset"]
    }
    return max(val, key=lambda folder: val[folder]) if val else None


def fit_shared(seen: Embeddings, *, tilt: float = TILT) -> tuple[StyleSpace, Kernel]:
    """Return what all artists share: the style space of works outside the test split, and the kernel chosen in it."""
    space = fit_style_space(seen.matrix, blocks=seen.manifest["blocks"], tilt=tilt)
    positions, years = space.positions(seen.matrix), seen.paintings["year"].to_numpy(dtype=np.float64)
    groups = seen.paintings.groupby("artist").indices.values()
    return space, choose_kernel((positions[rows], years[rows]) for rows in groups)


def write_style_space(models: Path, space: StyleSpace, *, kernel: Kernel, recipe: Card) -> None:
    """Keep the style space and its kernel."""
    tensors = {"mean": space.mean, "deviation": space.deviation, "weight": space.weight}
    card = {"kind": "style space", "recipe": recipe, "kernel": asdict(kernel)}
    write_bundle(models / "style", tensors=tensors, card=card)


def read_style_space(models: Path) -> tuple[StyleSpace, Kernel, Card]:
    """Return the style space, its kernel and the recipe it was made by."""
    tensors, card = read_bundle(models / "style")
    return StyleSpace(**tensors), Kernel(**card["kernel"]), card["recipe"]


def write_artist_head(models: Path, head: ArtistHead, *, recipe: Card, about: Card) -> None:
    """Keep the artist head; `about` adds figures to its card."""
    tensors = {"weight": head.weight.astype(np.float32), "bias": head.bias.astype(np.float32)}
    card = {"kind": "artist head", "recipe": recipe, "artists": head.artists, "temperature": head.temperature, **about}
    write_bundle(models / "artist", tensors=tensors, card=card)


def read_artist_head(models: Path) -> ArtistHead:
    """Return the artist head."""
    tensors, card = read_bundle(models / "artist")
    return ArtistHead(artists=card["artists"], temperature=card["temperature"], **tensors)


def write_comparator(folder: Path, comparator: Comparator, *, card: Card) -> None:
    """Keep a comparator; `card` says whose it is, its recipe, its reference works and its figures."""
    tensors = {
        "references": comparator.references.astype(np.float16),
        "years": comparator.years,
        "coefficients": comparator.coefficients,
        "precision": comparator.precision,
        "trend": comparator.trend.astype(np.float32),
    }
    numbers = {name: getattr(comparator, name) for name in NUMBERS}
    write_bundle(folder, tensors=tensors, card={"kind": "comparator", **card, "numbers": numbers})


def read_comparator(folder: Path) -> tuple[Comparator, Card]:
    """Return a comparator and its card. Raises UserError where there is none."""
    tensors, card = read_bundle(folder)
    parts: dict[str, Any] = {**tensors, "references": tensors["references"].astype(np.float32)}
    return Comparator(**parts, **card["numbers"]), card


def find_comparator(models: Path, artist: str, *, recipe: Card) -> tuple[Comparator, Card] | None:
    """Return the comparator of `artist` and its card, None where there is none by this recipe."""
    return find_bundle(comparator_folder(models, artist), recipe=recipe)


def find_bundle(folder: Path, *, recipe: Card) -> tuple[Comparator, Card] | None:
    """Return the comparator at `folder` and its card, None where there is none by this recipe."""
    return read_comparator(folder) if is_current(folder, recipe=recipe) else None


def require_models_of(models: Path, embeddings_manifest: Card) -> None:
    """Raise UserError unless the models belong together and were made from these embeddings."""
    card = read_card(models / "style")
    recipe = card["recipe"] if card else {}
    if not (recipe_of(embeddings_manifest).items() <= recipe.items() and is_current(models / "artist", recipe=recipe)):
        raise UserError(
            f"{models} holds no models made from these embeddings; train them with jobs/train_per_artist.py"
        )
