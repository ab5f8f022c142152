"""Verification of altered copies of works, compared with works as they are, for benchmarks/verification.py."""

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from verification_cases import Cases, Fold, LearnedWorks, Row, artist_cases, different_pictures

from lib.attribution.open_set import known_evidence
from lib.attribution.verification import each_alone, pair_evidence
from lib.data.dataset import Dataset
from lib.data.embeddings import embeddings_folder
from lib.data.images import decode_rgb, shrink
from lib.features.embedder import Embedder
from lib.features.style_space import StyleSpace

DEGREES = 2.0
CROPPED = 0.05  # of width and height, at each edge
AT_ONCE = 50  # pictures in memory

Alteration = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True)
class AlteredRow:
    """Figures of works that were altered in one way. by_artist, known: single works. seen, unseen: pairs."""

    name: str
    by_artist: Row | None
    seen: Row | None
    unseen: Row | None
    known: Row | None


def alterations() -> dict[str, Alteration]:
    """Return the alterations by name."""
    return {
        **{f"JPEG quality {quality}": as_jpeg(quality) for quality in (75, 50, 25, 10)},
        **{f"shrunk to {side} pixels and back": shrunk_to(side) for side in (160, 112)},
        "grey": lambda image: image.convert("L").convert("RGB"),
        f"rotated by {DEGREES:.0f} degrees": rotated,
        f"{100 * CROPPED:.0f} % cropped at each edge": cropped,
    }


def as_jpeg(quality: int) -> Alteration:
    """Return what saves a picture as JPEG and reads it again."""

    def save_and_read(image: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        return decode_rgb(buffer.getvalue())

    return save_and_read


def shrunk_to(side: int) -> Alteration:
    """Return what shrinks a picture to a short side of so many pixels and enlarges it again."""
    return lambda image: shrink(image, short_side=side).resize(image.size, Image.Resampling.BICUBIC)


def rotated(image: Image.Image) -> Image.Image:
    """Return a picture hung askew, without the corners that rotation leaves empty."""
    sine = math.sin(math.radians(DEGREES))
    left, top = math.ceil(image.height / 2 * sine), math.ceil(image.width / 2 * sine)
    turned = image.rotate(DEGREES, resample=Image.Resampling.BICUBIC)
    return turned.crop((left, top, image.width - left, image.height - top))


def cropped(image: Image.Image) -> Image.Image:
    """Return a picture without its edges."""
    left, top = round(CROPPED * image.width), round(CROPPED * image.height)
    return image.crop((left, top, image.width - left, image.height - top))


def measure_alterations(
    dataset: Dataset, backbone: str, space: StyleSpace, *, works: LearnedWorks, fold: Fold, most: tuple[int, int]
) -> list[AlteredRow]:
    """Return a row for works as they are, and one for each alteration.

    most: works of known artists, and works of artists that the model of the fold never saw, drawn at random.
    """
    torch.set_num_threads(1)  # as a worker of jobs/embed.py
    random, kinds = np.random.default_rng(0), (fold.of(unknown=False), fold.of(unknown=True))
    seen, unseen = (np.sort(random.permutation(own)[:count]) for own, count in zip(kinds, most, strict=True))
    own = np.concatenate([seen, unseen])
    manifest, folder = dataset.embeddings(backbone).manifest, embeddings_folder(dataset.folder, backbone)
    embedder = Embedder.restore(manifest.backbones, folder=folder, parts=manifest.parts)
    jpegs = list(dataset.images(works.ids[fold.rows[own]].tolist()).values())
    rows = [altered_row("as they are", fold, works, seen, unseen, fold.held_out.coordinates[own])]
    for name, alter in alterations().items():
        print(f"altered: {name}, {len(own)} works", flush=True)
        positions = space.positions(embed_altered(embedder, jpegs, alter))
        rows.append(altered_row(name, fold, works, seen, unseen, fold.model.coordinates(positions)))
    return rows


def embed_altered(embedder: Embedder, jpegs: Sequence[bytes], alter: Alteration) -> np.ndarray:
    """Return the embeddings (n, dimensions) of altered pictures."""
    chunks = [jpegs[start : start + AT_ONCE] for start in range(0, len(jpegs), AT_ONCE)]
    return np.concatenate([embedder.embed([alter(decode_rgb(jpeg)) for jpeg in chunk]) for chunk in chunks])


def altered_row(
    name: str, fold: Fold, works: LearnedWorks, seen: np.ndarray, unseen: np.ndarray, altered: np.ndarray
) -> AlteredRow:
    """Return the figures of altered works: altered (k, m) coordinates of `seen` and `unseen`, rows in the fold."""
    of_seen, of_unseen = altered[: len(seen)], altered[len(seen) :]
    return AlteredRow(
        name,
        by_artist=Row.of(name, [next(iter(artist_cases(fold, of_seen, own=seen).values()))]),
        seen=Row.of(name, [altered_pairs(fold, works, of_seen, own=seen)]),
        unseen=Row.of(name, [altered_pairs(fold, works, of_unseen, own=unseen)]),
        known=Row.of(name, [altered_known(fold, altered, known=len(seen))]),
    )


def altered_pairs(fold: Fold, works: LearnedWorks, altered: np.ndarray, *, own: np.ndarray) -> Cases:
    """Return all pairs of an altered work and another one as it is. altered: (k, m) coordinates of the works `own`."""
    pairs = np.stack(np.nonzero(~np.eye(len(own), dtype=bool)), axis=1)
    pairs, _ = different_pictures(works.hashes[fold.rows[own]], pairs)
    artists, coordinates = fold.held_out.artists[own], np.concatenate([altered, fold.held_out.coordinates[own]])
    evidence = pair_evidence(fold.model, coordinates, pairs + [0, len(own)])
    ratios = fold.verifier.hand.calibration.log_ratios(evidence)
    return Cases(artists[pairs[:, 0]] == artists[pairs[:, 1]], ratios, evidence[:, 0])


def altered_known(fold: Fold, altered: np.ndarray, *, known: int) -> Cases:
    """Return the question of any known artist for single altered works (k, m), the first `known` of which are."""
    evidence = known_evidence(fold.model, each_alone(altered))
    return Cases(np.arange(len(altered)) < known, fold.verifier.known.calibration.log_ratios(evidence), evidence[:, 0])
