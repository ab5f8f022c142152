"""python jobs/ingest.py --source painter-by-numbers --root DIR --out DATASET

Turns a catalogue of paintings and its image files into a dataset: cleans the catalogue, decodes and shrinks the
images on all cores of the cluster, splits them into train, val and test, and writes a report. Started again after
an interruption it does what is missing. A finished dataset is never changed: for other input or options name
another --out.

A small one: add --subset one-artist --artist 'Claude Monet', or --artists 5 --works-per-artist 20

Other sources: --source wikiart-folder --root DIR reads artist_title-year.jpg and artist/title-year.jpg;
--source csv --catalogue FILE --root DIR --artist-column painter --date-column made --file-column path
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import mlflow
import pandas as pd
import ray

from lib.data import ingest as shards
from lib.data.catalogues import Catalogue, Step, read_csv, read_painter_by_numbers, read_wikiart_folder
from lib.data.splits import assign_splits, use_own_splits
from lib.data.subsets import select_artists, select_subset
from lib.infra import cli, tracking
from lib.infra.atomic import find_json, staged_folder, write_json, write_lock
from lib.infra.cluster import connect, durable_path
from lib.infra.errors import UserError
from lib.infra.paths import is_local, remove_folder
from lib.reports.dataset import count_dataset, write_report

EXPERIMENT = "oeuvre-datasets"
PROGRESS_EVERY = 10  # parts


@dataclass(frozen=True)
class Ingest:
    """Where the paintings come from, which of them to take, and where the dataset goes."""

    source: Literal["painter-by-numbers", "wikiart-folder", "csv"]
    """The kind of catalogue: Kaggle's Painter by Numbers, WikiArt-style file names, or any CSV file."""
    root: Path
    """The folder of the image files."""
    out: Path
    """The dataset to write; it must not exist."""
    catalogue: Path | None = None
    """The CSV file, plain, .zip or .gz. Default: for painter-by-numbers all_data_info.csv below --root."""
    artist_column: str | None = None
    """Column of the artist, for --source csv. Default: artist."""
    date_column: str | None = None
    """Column of the date, for --source csv. Default: date."""
    file_column: str | None = None
    """Column of the file, relative to --root, for --source csv. Default: file."""
    split_column: str | None = None
    """Column of the catalogue's own split: True/False (train/test), or train, val, test. Default: split by hash."""
    artists: int | None = None
    """Take this many artists, those with most works. Default: all."""
    works_per_artist: int | None = None
    """Take at most this many works of each artist. Default: all."""
    subset: Literal["5-artists-100-works", "100-artists", "15-years-100-works", "one-artist"] | None = None
    """Take a subset of the source study. Default: all."""
    artist: str | None = None
    """The artist of --subset one-artist."""


def main(config: Ingest) -> int | None:
    """Make the dataset, or say that it is there. Raises UserError for input that cannot become one."""
    root, out = durable_path(config.root, option="--root"), durable_path(config.out, option="--out")
    _check(config, root=root, out=out)
    catalogue = _read(config, root)
    request = _request(config, catalogue)
    work = shards.work_folder(out)
    if _is_finished(out, request):
        remove_folder(work)  # left by a run that was killed right at its end
        print(f"{out} is finished and was made from the same input and options: nothing to do")
        return None
    chosen = _choose(config, catalogue)
    steps = [*catalogue.steps, Step("chosen", len(chosen), int(chosen["artist"].nunique()))]
    for step in steps:
        print(f"{step.rows:>9,} rows, {step.artists:>6,} artists: {step.rule}")
    with write_lock(out):
        _prepare(work, chosen, request)
        tracking.use_experiment(EXPERIMENT)  # better to fail here than after the work
        connect()
        write_parts(work, root)
        manifest = _finish(work, config, catalogue, steps, request)
        shards.publish(work, out)
    _track(out, manifest)
    _print_summary(out, manifest["counts"])
    return None


def _print_summary(out: Path, counts: dict[str, Any]) -> None:
    splits = ", ".join(f"{number:,} {name}" for name, number in counts["splits"].items())
    crossing = counts["near_duplicates"]["test_paintings_with_a_near_duplicate_outside_test"]
    if crossing:
        print(f"note: {crossing} test paintings have a near-duplicate outside test, as the catalogue splits them")
    print(f"{out}: {counts['paintings']:,} paintings ({splits}), {counts['rejected']:,} rejected; see report/report.md")


def _check(config: Ingest, *, root: Path, out: Path) -> None:
    mapped = config.artist_column or config.date_column or config.file_column
    small = [size for size in (config.artists, config.works_per_artist) if size is not None and size < 1]
    for wrong, sentence in (
        (config.source == "csv" and not config.catalogue, "--source csv needs --catalogue FILE"),
        (config.source != "csv" and mapped, "--artist-column, --date-column and --file-column need --source csv"),
        (
            config.source == "wikiart-folder" and (config.catalogue or config.split_column),
            "--source wikiart-folder has no catalogue: leave out --catalogue and --split-column",
        ),
        (config.subset and (config.artists or config.works_per_artist), "give --subset or --artists, not both"),
        (config.artist and config.subset != "one-artist", "--artist needs --subset one-artist"),
        (small, "--artists and --works-per-artist start at 1"),
        (
            is_local(out) == is_local(root) and out.is_relative_to(root),
            f"--out {out} is inside --root {root}; choose a place outside the images",
        ),
    ):
        if wrong:
            raise UserError(sentence)


def _read(config: Ingest, root: Path) -> Catalogue:
    catalogue = config.catalogue and durable_path(config.catalogue, option="--catalogue")
    if config.source == "wikiart-folder":
        return read_wikiart_folder(root)
    if config.source == "painter-by-numbers":
        return read_painter_by_numbers(root, catalogue=catalogue, split_column=config.split_column)
    assert catalogue is not None
    return read_csv(
        root,
        catalogue=catalogue,
        artist_column=config.artist_column or "artist",
        date_column=config.date_column or "date",
        file_column=config.file_column or "file",
        split_column=config.split_column,
    )


def _request(config: Ingest, catalogue: Catalogue) -> dict[str, Any]:
    """Return what decides the dataset; where its input lies does not."""
    places = ("source", "root", "out", "catalogue")
    parameters = {name: value for name, value in asdict(config).items() if name not in places}
    return {"source": config.source, "parameters": parameters, "content": catalogue.content}


def _is_finished(out: Path, request: dict[str, Any]) -> bool:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return False
    manifest = find_json(out / "manifest.json")
    if manifest is None and not is_local(out) and shards.work_folder(out).exists():
        return False  # a run was interrupted
    if manifest is None:
        raise UserError(f"{out} exists and is not a dataset; choose another --out")
    if {name: manifest.get(name) for name in request} != request:
        raise UserError(f"{out} was made from other input or options; choose another --out, or delete it to rebuild")
    if not (out / "splits").exists():
        raise UserError(f"{out} has no table of splits: an older version made it; delete it to rebuild")
    return True


def _choose(config: Ingest, catalogue: Catalogue) -> pd.DataFrame:
    if config.subset:
        return select_subset(catalogue.paintings, name=config.subset, artist=config.artist)
    return select_artists(catalogue.paintings, artists=config.artists, works_per_artist=config.works_per_artist)


def _prepare(work: Path, paintings: pd.DataFrame, request: dict[str, Any]) -> None:
    """Lay out the hidden folder of the work, unless an interrupted run of the same request left it."""
    if shards.is_begun(work, request):
        missing = len(shards.missing_parts(work))
        print(f"going on where an interrupted run stopped: {missing} of {shards.parts(work)} parts are missing")
        return
    shards.discard(work)
    shards.begin(work, paintings, request)


def write_parts(work: Path, root: Path) -> None:
    """Decode, resize and write the parts of `work` that are missing."""
    missing = shards.missing_parts(work)
    _on_cluster([{"part": part} for part in missing], _part_task, label="decoded", work=work, root=root)


def _part_task(batch: dict[str, Any], *, work: Path, root: Path) -> dict[str, list[int]]:
    return {"rows": [shards.write_part(work, int(part), root=root) for part in batch["part"]]}


def _on_cluster(items: list[dict[str, Any]], task: Callable[..., Any], *, label: str, **arguments: Path) -> None:
    """Run `task` on each item, one Ray task each, and print a line from time to time."""
    if not items:
        return
    start, rows = time.monotonic(), 0
    data = ray.data.from_items(items, override_num_blocks=len(items))
    results = data.map_batches(task, batch_size=1, fn_kwargs=arguments).iter_rows()
    for number, result in enumerate(results, start=1):
        rows += result["rows"]
        if number % PROGRESS_EVERY == 0 or number == len(items):
            speed = rows / (time.monotonic() - start)
            print(f"{label} {number} of {len(items)} parts, {rows:,} rows, {speed:.0f} rows/s", flush=True)


def _finish(
    work: Path, config: Ingest, catalogue: Catalogue, steps: list[Step], request: dict[str, Any]
) -> dict[str, Any]:
    """Split, report and describe the written parts; return the manifest, which is written last."""
    rejected = [*catalogue.rejected, *shards.rejected_files(work)]
    paintings = shards.read_written(work)
    if paintings.empty:
        raise UserError(f"none of the chosen images can be used; the last one, {rejected[-1][0]}: {rejected[-1][1]}")
    paintings["split"] = use_own_splits(paintings) if config.split_column else assign_splits(paintings)
    shards.write_splits(work, paintings)
    shards.sweep(work)
    steps = [*steps, Step("with a usable image", len(paintings), int(paintings["artist"].nunique()))]
    counts = count_dataset(paintings, steps=steps, rejected=len(rejected), most_dated_works=catalogue.most_dated_works)
    dataset = shards.dataset_folder(work)
    shards.write_rejected(dataset / "rejected.csv", rejected)
    with staged_folder(dataset / "report") as report:
        write_report(report, name=config.out.name, paintings=paintings, counts=counts, rejected=rejected)
    manifest = _manifest(config, request, counts)
    write_json(dataset / "manifest.json", manifest)
    return manifest


def _manifest(config: Ingest, request: dict[str, Any], counts: dict[str, Any]) -> dict[str, Any]:
    decided = json.dumps(request | {"counts": counts}, sort_keys=True)
    fingerprint = hashlib.sha256(decided.encode()).hexdigest()[:16]
    places = {name: str(place) for name in ("root", "catalogue") if (place := getattr(config, name))}
    return {"fingerprint": fingerprint, **request, "places": places, "counts": counts}


def _track(out: Path, manifest: dict[str, Any]) -> None:
    counts = manifest["counts"]
    figures = {name: counts[name] for name in ("paintings", "artists", "rejected")}
    with tracking.run(out.name, experiment=EXPERIMENT, tags={"dataset": manifest["fingerprint"]}):
        mlflow.log_params({"source": manifest["source"], **manifest["parameters"]})
        mlflow.log_metrics(figures | counts["splits"] | counts["near_duplicates"])
        tracking.log_folder(out / "report", "report")


if __name__ == "__main__":
    cli.run(main, Ingest, __doc__)
