"""Train what jobs/train_per_artist.py leaves in a models folder; each step does only what is missing."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import ray

from lib.attribution.artist_head import fit_artist_head
from lib.attribution.head_bundle import HeadMetadata, read_artist_head, write_artist_head
from lib.attribution.held_out_artists import held_out_artists
from lib.attribution.outliers import usual_distance
from lib.attribution.verifier import fit_verifier
from lib.data.dataset import Dataset
from lib.data.embeddings import Embeddings
from lib.data.provenance import Provenance
from lib.dating.artist_comparator import Scope, find_comparator_metadata
from lib.dating.kernel import Kernel, choose_kernel, narrowly_dated
from lib.dating.per_artist import Trends, comparator_folder, works_of, write_trend_comparator
from lib.dating.worker_group import SharedWork, run_workers
from lib.dating.works import fingerprints_of_artists
from lib.features.style_space import StyleSpace, drift, fit_style_space
from lib.infra.bundles import read_metadata
from lib.infra.cluster import connect, cores
from lib.models.known_works import find_known_works
from lib.models.references import FOLDER as REFERENCES
from lib.models.references import ReferencesMetadata, write_references
from lib.models.store import StyleMetadata, read_style_space, write_style_space
from lib.training.ray_train import outlasting_lost_workers

# Standard deviations that new works may move the style space by before it is fitted again (docs/research/updates.md).
LARGEST_DRIFT = 0.05


def ensure_style_space(models: Path, embeddings: Embeddings, *, provenance: Provenance) -> Provenance:
    """Fit the style space to train and val works and choose its kernel, unless those that are there will do.

    A space of another version of the dataset is kept where the present works hardly move it, so that comparators of
    unchanged works stay. Returns the provenance with the version that the space was fitted to.
    """
    style = read_metadata(models / "style", StyleMetadata)
    if style and not style.provenance.is_version_of(provenance):
        style = None
    kept = provenance.model_copy(update={"space": style.provenance.dataset}) if style else provenance
    known = find_known_works(models)
    if style and (kept == style.provenance or (known and known.provenance == kept)):
        return kept
    seen = embeddings.outside_test().finite()
    if style and (moved := drift(read_style_space(models)[0], fit_space(seen, provenance=provenance))) <= LARGEST_DRIFT:
        print(f"style space: kept from version {kept.space}; the present works move it by {moved:.3f} deviations")
        return kept
    print(f"style space: fitting to {len(seen.paintings)} works", flush=True)
    space, kernel = fit_space_and_kernel(seen, tilt=provenance.tilt)
    options = {"gamma": provenance.gamma, "noise": provenance.noise}
    kernel = replace(kernel, **{name: value for name, value in options.items() if value is not None})
    write_style_space(models, space, kernel=kernel, provenance=provenance)
    return provenance


def fit_space(seen: Embeddings, *, provenance: Provenance) -> StyleSpace:
    """Return the style space of works to learn from."""
    return fit_style_space(seen.matrix, parts=seen.manifest.parts, tilt=provenance.tilt)


def is_current(
    folder: Path,
    kind: type[StyleMetadata] | type[HeadMetadata],
    *,
    provenance: Provenance,
) -> bool:
    """Return whether the bundle at `folder` has this provenance."""
    metadata = read_metadata(folder, kind)
    return metadata is not None and metadata.provenance == provenance


def fit_space_and_kernel(seen: Embeddings, *, tilt: float) -> tuple[StyleSpace, Kernel]:
    """Return the style space of works to learn from, and the kernel chosen in it."""
    space = fit_style_space(seen.matrix, parts=seen.manifest.parts, tilt=tilt)
    return space, choose_kernel(narrowly_dated(seen, positions=space.positions(seen.matrix)).values())


def ensure_artist_head(models: Path, embeddings: Embeddings, *, provenance: Provenance) -> None:
    """Fit the artist head to train and val works, unless it is up to date."""
    if is_current(models / "artist", HeadMetadata, provenance=provenance):
        return
    seen = embeddings.outside_test().finite()
    artists = seen.paintings["artist"].to_numpy(dtype=str)
    print(f"artist head: fitting to {len(artists)} works of {len(set(artists))} artists", flush=True)
    space, val = read_style_space(models)[0], (seen.paintings["split"] == "val").to_numpy()
    positions = space.positions(seen.matrix)
    head, chosen = fit_artist_head(positions, artists, val=val, columns=space.columns())
    metadata = HeadMetadata(
        provenance=provenance,
        artists=head.artists,
        weights=head.weights,
        val_works=head.val_works,
        strengths=chosen.strengths,
        val_top1=chosen.top1(positions[val], artists[val]),
        works=len(artists),
        verifier=fit_verifier(list(held_out_artists(positions, artists, val=val))),
        usual=usual_distance(head.model.projection, positions),
    )
    write_artist_head(models / "artist", head, metadata)


def ensure_references(
    models: Path, dataset: Dataset, embeddings: Embeddings, *, provenance: Provenance, thumbnails: bool
) -> None:
    """Write the works that the artist head learned from, unless they are there as they should be."""
    folder = models / REFERENCES
    metadata = read_metadata(folder, ReferencesMetadata)
    if metadata and metadata.provenance == provenance and metadata.thumbnails == thumbnails:
        return
    seen = embeddings.outside_test().finite()
    print(f"reference works: writing {len(seen.paintings)}", flush=True)
    space, model = read_style_space(models)[0], read_artist_head(models / "artist")[0].model
    coordinates = model.coordinates(space.positions(seen.matrix))
    write_references(models, dataset, seen, coordinates=coordinates, provenance=provenance, thumbnails=thumbnails)


def artists_without_comparator(
    models: Path, artists: list[str], *, provenance: Provenance, works: Mapping[str, str], scope: Scope
) -> list[str]:
    """Return the artists without a comparator of this provenance and scope. works: fingerprint of each artist's."""
    folders = {artist: comparator_folder(models, artist) for artist in artists}
    return [
        artist
        for artist, folder in folders.items()
        if not find_comparator_metadata(folder, provenance=provenance, works=works.get(artist), scope=scope)
    ]


def write_trend_comparators(
    models: Path, artists: list[str], seen: Embeddings, *, trends: Trends, provenance: Provenance
) -> None:
    """Write the comparators of artists with too few works. seen: works outside the test split, finite."""
    space, _ = read_style_space(models)
    for artist in artists:
        works = works_of(artist, seen, space=space, trend=trends.without(artist))
        if len(works.paintings):
            folder = comparator_folder(models, artist)
            write_trend_comparator(folder, works, accuracy=trends.accuracy, provenance=provenance)


def train_comparators(
    models: Path, artists: list[str], embeddings: Embeddings, *, trends: Trends, provenance: Provenance, workers: int
) -> dict[str, str]:
    """Train the comparators of `artists` through Ray Train; return the reason of each failure, by artist.

    When a worker is lost, the group starts again with the artists that are not finished. workers: 0 takes all cores.
    """
    connect()
    space, style = read_style_space(models)
    seen = embeddings.outside_test()
    # Each artist is an object of its own: the driver holds one at a time, and a node fetches its share alone.
    works = {artist: ray.put(works_of(artist, seen, space=space, trend=trends.without(artist))) for artist in artists}
    fingerprints = fingerprints_of_artists(seen.paintings)
    shared = SharedWork(works, fingerprints, models=models, kernel=style.kernel, provenance=provenance)
    workers = min(workers or cores(), len(artists))
    return outlasting_lost_workers(
        lambda: run_workers(shared, workers=workers, storage=models / ".ray_train"), again="train what is missing"
    )
