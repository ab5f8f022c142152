"""python jobs/build.py --catalogue FILE --root DIR --out WORKSPACE

From a catalogue and its image files to models and a report, in one run: does what jobs/ingest.py, jobs/embed.py,
jobs/train_per_artist.py and jobs/evaluate.py do, into WORKSPACE/dataset, WORKSPACE/models and WORKSPACE/report. Ray is
started once for all of them. Started again after an interruption it does what is missing. The exit status is 1 when an
artist failed. For Painter by Numbers: --source painter-by-numbers --split-column in_train, without --catalogue.

The options are those of the four jobs, which have more; run them one after another to set these.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from pydantic import PositiveInt

from jobs import embed, evaluate, ingest, train_per_artist
from lib.infra.atomic import find_json, write_json
from lib.infra.cli import run


@dataclass(frozen=True, kw_only=True)
class Build(ingest.Ingest):
    """Where the paintings come from, where the results go, and how to train on them."""

    source: Literal["painter-by-numbers", "wikiart-folder", "csv"] = "csv"
    """The kind of catalogue: Kaggle's Painter by Numbers, WikiArt-style file names, or (csv) any table."""
    out: Path
    """The workspace to write, with the folders dataset, models and report."""
    backbone: str = embed.Embed.backbone
    """Network that describes the paintings, or several joined by +, as for jobs/embed.py."""
    comparators: PositiveInt = train_per_artist.TrainPerArtist.artists
    """Number of artists to train comparators for, those with most dated works."""
    thumbnails: bool = True
    """Keep a small picture (128 pixels) of every work to learn from with the models, which answers show as evidence.
    Say False where your rights do not allow it."""
    min_works: PositiveInt = evaluate.Evaluate.min_works
    """The report's dating figures are means over artists with at least this many dated works in the dataset."""
    published_at: str | None = None
    """Address of the folder on the web in which the catalogue's pictures and the report's manifest.json are published,
    as for jobs/evaluate.py. Default: no manifest is written."""


def main(options: Build) -> int:
    """Do what is missing, and return 1 if an artist failed."""
    dataset, models, report = (options.out / name for name in ("dataset", "models", "report"))
    print(f"1 of 4: ingest, to {dataset}", flush=True)
    ingest.main(ingest.Ingest(**{**values_of(options), "out": dataset}))
    print(f"2 of 4: embed, with {options.backbone}", flush=True)
    embed.main(embed.Embed(dataset=dataset, backbone=options.backbone))
    print(f"3 of 4: train, to {models}", flush=True)
    training = train_per_artist.TrainPerArtist(
        dataset=dataset, models=models, artists=options.comparators, thumbnails=options.thumbnails
    )
    status = train_per_artist.main(training)
    print(f"4 of 4: evaluate, to {report}", flush=True)
    evaluation = evaluate.Evaluate(
        dataset=dataset,
        models=models,
        out=report,
        published_at=options.published_at,
        min_works=options.min_works,
    )
    evaluate_missing(evaluation)
    return status


def values_of(options: Build) -> dict[str, Any]:
    """Return the options of jobs/ingest.py among those of this job."""
    return {field.name: getattr(options, field.name) for field in fields(ingest.Ingest)}


def evaluate_missing(options: evaluate.Evaluate) -> None:
    """Evaluate, unless the report is of these models and options already."""
    from lib.models.store import version_of

    made_from = options.out / "made_from.json"
    wanted = {
        "models": version_of(options.models),
        "min_works": options.min_works,
        "published_at": options.published_at,
    }
    if find_json(made_from) == wanted:
        print(f"{options.out} is up to date")
        return
    evaluate.main(options)
    write_json(made_from, wanted)


if __name__ == "__main__":
    run(main, Build, __doc__)
