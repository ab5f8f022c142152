"""python jobs/train_per_artist.py --dataset DATASET --artists 100

Train what names, verifies and dates paintings: the style space, the artist head with its reference works, and one
comparator for each of the artists with most dated works, in parallel on one group of Ray Train workers. All other
artists get a comparator by the trend that the careers of all artists share. Started again, the job trains only what is
missing or was made from other embeddings; after an update of the dataset, of the comparators only those of artists
whose works changed. Each comparator of the `--runs` largest artists is an MLflow run under one parent run. The exit
status is 1 when an artist failed.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import FiniteFloat, NonNegativeInt, PositiveInt

from lib.data.manifest import require_dataset
from lib.data.provenance import TILT, Provenance
from lib.infra.cli import run
from lib.infra.constraints import PositiveNumber
from lib.infra.errors import UserError
from lib.infra.locks import write_lock
from lib.infra.paths import make_folder

if TYPE_CHECKING:
    from lib.data.dataset import Dataset
    from lib.data.descriptor import EmbeddingsManifest
    from lib.data.embedded_works import EmbeddedWorks

EXPERIMENT = "oeuvre-comparators"


@dataclass
class TrainPerArtist:
    """Options of jobs/train_per_artist.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    artists: PositiveInt = 100
    """Number of artists to train comparators for, those with most dated works."""
    models: Path = Path("models")
    """Folder that the models are written to."""
    min_works: PositiveInt = 12
    """Skip artists with fewer dated works than this outside the test split."""
    workers: NonNegativeInt = 0
    """Ray Train workers of one CPU core each; 0 takes all cores of the cluster."""
    runs: NonNegativeInt = 100
    """Number of artists, those with most works, whose comparator gets an MLflow run of its own; a table has all."""
    tilt: FiniteFloat = TILT
    """Depth n of the backbone weighs n ** tilt in the style space."""
    gamma: PositiveNumber | None = None
    """Of the Gaussian kernel, by squared distance over the artist's median one. Default: chosen on all artists."""
    noise: PositiveNumber | None = None
    """Variance of a year's noise over that of the style's signal. Default: chosen on all artists."""
    thumbnails: bool = True
    """Keep a small picture (128 pixels) of every work to learn from with the models, which answers show as evidence.
    Say False where your rights do not allow it."""
    config: Path | None = None
    """JSON file of options, such as best.json of jobs/tune_comparator.py. The command line overrules it."""


def main(config: TrainPerArtist) -> int:
    """Train what is missing, record it, and return 1 if an artist failed."""
    require_dataset(config.dataset)
    from lib.data.dataset import Dataset
    from lib.infra import tracking

    dataset = Dataset.open(config.dataset)
    works = dataset.embedded_works()
    with write_lock(config.models):
        make_folder(config.models)
        tracking.use_experiment(EXPERIMENT)
        return train(config, dataset, works)


def train(config: TrainPerArtist, dataset: "Dataset", works: "EmbeddedWorks") -> int:
    """Train and record what is missing in the models folder."""
    from lib.data.embeddings import embeddings_folder
    from lib.data.work_fingerprints import fingerprints_of_artists
    from lib.dating.all_artists import fit_all_trends
    from lib.dating.per_artist import choose_artists
    from lib.models.backbones import keep_backbones
    from lib.models.known_works import write_known_works
    from lib.models.store import read_style_space
    from lib.models.train import (
        artists_without_comparator,
        ensure_artist_head,
        ensure_references,
        ensure_style_space,
        train_comparators,
        write_trend_comparators,
    )

    models, provenance = config.models, provenance_of(config, works.manifest)
    made_in = embeddings_folder(config.dataset, provenance.backbone)
    keep_backbones(models, provenance.backbones, embeddings=made_in)
    learned = works.outside_test()
    provenance = ensure_style_space(models, learned, provenance=provenance)
    fingerprints = fingerprints_of_artists(learned.paintings)
    write_known_works(models, fingerprints, provenance=provenance)
    ensure_artist_head(models, learned, provenance=provenance)
    ensure_references(models, dataset, learned, provenance=provenance, thumbnails=config.thumbnails)
    chosen, skipped = choose_artists(works.paintings, most=config.artists, min_works=config.min_works)
    if not chosen:
        reasons = "; ".join(skipped.values()) or "it has no works"
        raise UserError(f"no artist of {config.dataset} can be trained: {reasons}")
    others = sorted(set(learned.paintings["artist"]) - set(chosen))
    without = partial(artists_without_comparator, models, provenance=provenance, works=fingerprints)
    missing, followers = without(chosen, scope="own"), without(others, scope="own")
    missing_trends = without(followers, scope="all artists")
    print(f"comparators: {len(chosen)} artists, {len(chosen) - len(missing)} up to date, {len(missing)} to train")
    print(f"shared-trend comparators: {len(followers)} artists, {len(missing_trends)} to write", flush=True)
    if kept := len(others) - len(followers):
        print(f"kept: {kept} other artists have comparators of their own, which stay; a new --models has none")
    failed: dict[str, str] = {}
    if missing or missing_trends:
        trends = fit_all_trends(learned.finite, space=read_style_space(models)[0])
        write_trend_comparators(
            models, missing_trends, learned.finite, fingerprints=fingerprints, trends=trends, provenance=provenance
        )
    if missing:
        failed = train_comparators(
            models,
            missing,
            learned,
            fingerprints=fingerprints,
            trends=trends,
            provenance=provenance,
            workers=config.workers,
        )
    trained = {artist: fingerprints[artist] for artist in chosen if artist not in failed}
    report(config, trained, provenance, skipped=skipped, failed=failed)
    return 1 if failed else 0


def provenance_of(config: TrainPerArtist, manifest: "EmbeddingsManifest") -> Provenance:
    """Return what the models are made from."""
    return Provenance(
        dataset=manifest.dataset,
        space=manifest.dataset,
        short_side=manifest.short_side,
        backbones=manifest.backbones,
        parts=manifest.parts,
        tilt=config.tilt,
        gamma=config.gamma,
        noise=config.noise,
    )


def report(
    config: TrainPerArtist,
    works: dict[str, str],
    provenance: Provenance,
    *,
    skipped: dict[str, str],
    failed: dict[str, str],
) -> None:
    """Record the comparators in MLflow and print the mean and what was not trained.

    works: fingerprint of those of each artist who has a comparator.
    """
    from lib.dating.artist_comparator import find_comparator_metadata
    from lib.dating.per_artist import comparator_folder
    from lib.reports.comparators import Training, record_training

    trained = [
        find_comparator_metadata(comparator_folder(config.models, artist), provenance=provenance, works=fingerprint)
        for artist, fingerprint in works.items()
    ]
    comparators = [metadata for metadata in trained if metadata]
    licences = "; ".join(f"{source.name}: {source.licence}" for source in provenance.backbones)
    parameters = {
        "artists": config.artists,
        "min_works": config.min_works,
        "backbone": provenance.backbone,
        "licences": licences,
        **provenance.model_dump(exclude={"backbones", "parts"}),
    }
    record_training(Training(config.models, comparators, config.runs, parameters, skipped=skipped, failed=failed))
    quality = [metadata.loo for metadata in comparators if metadata.loo]
    accuracies = [loo.pair_accuracy for loo in quality if loo.pair_accuracy is not None]
    if accuracies:
        mean = sum(accuracies) / len(accuracies)
        print(f"mean pair accuracy {mean:.3f} (leave-one-out, {len(accuracies)} artists; a coin gives 0.5)")
    for artist, reason in {**skipped, **failed}.items():
        print(f"{'failed' if artist in failed else 'skipped'}: {artist}: {reason}")


if __name__ == "__main__":
    run(main, TrainPerArtist, __doc__)
