"""Train what jobs/train_per_artist.py leaves in a models folder; each step does only what is missing."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import ray

from lib.attribution.fit_artist_head import fit_artist_head
from lib.attribution.head_bundle import HeadMetadata, read_artist_head, write_artist_head
from lib.attribution.held_out_artists import held_out_artists
from lib.attribution.verifier import fit_verifier
from lib.data.dataset import Dataset
from lib.data.embedded_works import EmbeddedWorks, ReadableWorks, batches_of, careers_of
from lib.data.provenance import Provenance
from lib.dating.all_artists import Trends, choose_shared_kernel
from lib.dating.artist_comparator import Scope, find_comparator_metadata
from lib.dating.kernel import Kernel
from lib.dating.per_artist import comparator_folder, works_of, write_trend_comparator
from lib.dating.worker_group import SharedWork, run_workers
from lib.features.placed_works import UnplacedWorks, fit_space
from lib.features.style_space import StyleSpace, drift
from lib.infra.bundles import read_metadata
from lib.infra.cluster import connect, cores
from lib.infra.tasks import map_batches
from lib.models.known_works import find_known_works
from lib.models.references import FOLDER as REFERENCES
from lib.models.references import ReferencesMetadata
from lib.models.store import StyleMetadata, read_style_space, write_style_space
from lib.models.write_references import describe_references, write_references
from lib.training.ray_train import outlasting_lost_workers

CAREERS = 400  # works of the artists that a worker reads at once, at most
SHARES = 4  # that a worker has at least, where there are as many artists: they differ in length
# Standard deviations that new works may move the style space by before it is fitted again (docs/research/updates.md).
LARGEST_DRIFT = 0.05


def ensure_style_space(models: Path, learned: EmbeddedWorks, *, provenance: Provenance) -> Provenance:
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
    seen = learned.finite
    print(f"style space: fitting to {len(seen.paintings):,} works", flush=True)
    space = fit_space(seen, tilt=provenance.tilt)
    if style and (moved := drift(read_style_space(models)[0], space)) <= LARGEST_DRIFT:
        print(f"style space: kept from version {kept.space}; the present works move it by {moved:.3f} deviations")
        return kept
    kernel = choose_shared_kernel(seen, space=space)
    options = {"gamma": provenance.gamma, "noise": provenance.noise}
    kernel = replace(kernel, **{name: value for name, value in options.items() if value is not None})
    write_style_space(models, space, kernel=kernel, provenance=provenance)
    return provenance


def is_current(
    folder: Path,
    kind: type[StyleMetadata] | type[HeadMetadata],
    *,
    provenance: Provenance,
) -> bool:
    """Return whether the bundle at `folder` has this provenance."""
    metadata = read_metadata(folder, kind)
    return metadata is not None and metadata.provenance == provenance


def fit_space_and_kernel(seen: ReadableWorks, *, tilt: float) -> tuple[StyleSpace, Kernel]:
    """Return the style space of works to learn from, all finite, and the kernel chosen in it."""
    space = fit_space(seen, tilt=tilt)
    return space, choose_shared_kernel(seen, space=space)


def ensure_artist_head(models: Path, learned: EmbeddedWorks, *, provenance: Provenance) -> None:
    """Fit the artist head to train and val works, unless it is up to date."""
    if is_current(models / "artist", HeadMetadata, provenance=provenance):
        return
    space = read_style_space(models)[0]
    works = UnplacedWorks(learned.finite, space)
    print(f"artist head: fitting to {len(works.val):,} works of {len(set(works.artists)):,} artists", flush=True)
    fitted = fit_artist_head(works, columns=space.columns())
    head = fitted.head
    metadata = HeadMetadata(
        provenance=provenance,
        artists=head.artists,
        weights=head.weights,
        val_works=head.val_works,
        strengths=fitted.chosen.strengths,
        val_top1=fitted.chosen.val_top1,
        works=len(works.val),
        verifier=fit_verifier(held_out_artists(works)),
        usual=fitted.usual,
    )
    write_artist_head(models / "artist", head, metadata)


def ensure_references(
    models: Path, dataset: Dataset, learned: EmbeddedWorks, *, provenance: Provenance, thumbnails: bool
) -> None:
    """Write the works that the artist head learned from, unless they are there as they should be."""
    folder = models / REFERENCES
    metadata = read_metadata(folder, ReferencesMetadata)
    if metadata and metadata.is_current(provenance, thumbnails=thumbnails):
        return
    seen = learned.finite
    print(f"reference works: writing {len(seen.paintings):,}", flush=True)
    space, model = read_style_space(models)[0], read_artist_head(models / "artist")[0].model
    described = map_batches(describe_references, batches_of(seen), label="reference works", space=space, model=model)
    metadata = ReferencesMetadata(
        provenance=provenance,
        works=len(seen.paintings),
        coordinates=model.axes.shape[1],
        thumbnails=thumbnails,
    )
    write_references(models, dataset, described, metadata=metadata)


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
    models: Path,
    artists: list[str],
    seen: EmbeddedWorks,
    *,
    fingerprints: Mapping[str, str],
    trends: Trends,
    provenance: Provenance,
) -> None:
    """Write the comparators of artists with too few works.

    seen: works outside the test split, finite. fingerprints: of the works of each artist.
    """
    careers = careers_of(seen.where(seen.paintings["artist"].isin(artists).to_numpy())) if artists else []
    space, _ = read_style_space(models)
    batches = map_batches(
        write_trend_batch,
        careers,
        label="shared-trend comparators",
        models=models,
        fingerprints=dict(fingerprints),
        space=space,
        trends=trends,
        provenance=provenance,
    )
    for _ in batches:
        pass


def write_trend_batch(
    batch: EmbeddedWorks,
    models: Path,
    fingerprints: dict[str, str],
    space: StyleSpace,
    trends: Trends,
    provenance: Provenance,
) -> None:
    """Write the comparators of all artists in a batch."""
    seen = batch.read()
    for artist in sorted(set(seen.paintings["artist"])):
        works = works_of(artist, seen, space=space, shared=trends.shared, fingerprint=fingerprints[artist])
        folder = comparator_folder(models, artist)
        write_trend_comparator(folder, works, accuracy=trends.accuracy, provenance=provenance)


def train_comparators(
    models: Path,
    artists: list[str],
    seen: EmbeddedWorks,
    *,
    fingerprints: Mapping[str, str],
    trends: Trends,
    provenance: Provenance,
    workers: int,
) -> dict[str, str]:
    """Train the comparators of `artists` through Ray Train; return the reason of each failure, by artist.

    seen: works outside the test split. fingerprints: of the works of each artist. When a worker is lost, the group
    starts again with the artists that are not finished. workers: 0 takes all cores.
    """
    connect()
    space, style = read_style_space(models)
    workers, storage = workers or cores(), models / ".ray_train"
    works = seen.where(seen.paintings["artist"].isin(artists).to_numpy())
    careers = careers_of(works, most=min(CAREERS, len(works.paintings) // (SHARES * workers)))
    careers.sort(key=lambda batch: -len(batch.paintings))
    shared = SharedWork(
        careers=careers,
        fingerprints=dict(fingerprints),
        models=models,
        failures=storage / "failures",
        space=ray.put(space),
        trend=ray.put(trends.shared),
        kernel=style.kernel,
        provenance=provenance,
    )
    return outlasting_lost_workers(
        lambda: run_workers(shared, workers=min(workers, len(careers)), storage=storage), again="train what is missing"
    )
