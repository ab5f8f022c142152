import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from PIL import Image

from jobs.evaluate import Evaluate, main
from lib.infra.atomic import read_json
from lib.infra.errors import UserError
from tests.conftest import Trained
from tests.embedded import change_rows, read_column


@pytest.fixture
def out(trained: Trained) -> Path:
    return trained.report


def test_the_artist_is_named_better_than_by_the_commonest_artist(trained: Trained, out: Path) -> None:
    artist = read_json(out / "metrics.json")["artist"]
    catalogue = pd.read_csv(trained.catalogue / "all_data_info.csv").dropna(subset="date")
    test_works = catalogue[~catalogue["in_train"].astype(bool)]
    assert artist["classes"] == 10
    assert artist["n"] == len(test_works)
    assert artist["majority_baseline"] == pytest.approx(
        test_works["artist"].value_counts(normalize=True).max(), abs=0.1
    )
    assert artist["top1"] > artist["majority_baseline"] + 0.3
    assert artist["top5"] == 1.0


def test_dating_figures_are_means_over_the_artists_beside_their_baselines(out: Path) -> None:
    dating = read_json(out / "metrics.json")["dating"]
    rows = pd.DataFrame(dating["per_artist"])
    assert dating["artists"] == len(rows) == 10
    for figure in ("pair_accuracy", "kendall_tau", "mae_years", "mae_years_median_baseline", "interval_coverage"):
        assert dating[figure] == pytest.approx(rows[figure].mean())
    assert dating["pairs"] == rows["pairs"].sum()
    assert dating["pairs"] + dating["ties_excluded"] == sum(n * (n - 1) // 2 for n in rows["n"])
    assert dating["pair_accuracy"] > 0.55
    assert dating["mae_years"] < dating["mae_years_median_baseline"]


def test_the_worst_cases_are_listed_and_drawn(out: Path) -> None:
    metrics = read_json(out / "metrics.json")
    worst = metrics["artist"]["worst"]
    assert len(worst) == 10
    assert [row["top1"] for row in worst] == sorted(row["top1"] for row in worst)
    named = sum(row["top1"] * row["n"] for row in worst)
    assert named / metrics["artist"]["n"] == pytest.approx(metrics["artist"]["top1"])
    lowest = sorted(metrics["dating"]["per_artist"], key=lambda row: row["kendall_tau"])[:3]
    report = (out / "report.md").read_text(encoding="utf-8")
    for place, row in enumerate(lowest, start=1):
        assert f"![{row['artist']} in the estimated order](worst-order-{place}.png)" in report
        assert Image.open(out / f"worst-order-{place}.png").width > 500


def test_the_works_of_the_worst_orders_are_a_manifest_with_their_catalogue_dates(trained: Trained, out: Path) -> None:
    rows = read_json(out / "metrics.json")["dating"]["per_artist"]
    lowest = sorted(rows, key=lambda row: row["kendall_tau"])[:3]
    manifest = read_json(out / "manifest.json")
    assert [artist["label"]["en"][0].split(",")[0] for artist in manifest["structures"]] == [
        row["artist"] for row in lowest
    ]
    assert len(manifest["items"]) == sum(row["n"] for row in lowest)
    catalogue = pd.read_csv(trained.catalogue / "all_data_info.csv", dtype=str).set_index("new_filename")
    for canvas in manifest["items"]:
        said = {next(iter(pair["label"].values()))[0]: pair["value"]["none"][0] for pair in canvas["metadata"]}
        assert said["Date in the catalogue"] == catalogue["date"][said["File"]]
        body = canvas["items"][0]["items"][0]["body"]
        assert body["id"] == f"https://example.org/catalogue/{said['File']}"
        assert "navDate" not in canvas


def test_pairs_by_gap_and_intervals_belong_to_the_same_figures(out: Path) -> None:
    dating = read_json(out / "metrics.json")["dating"]
    assert sum(gap["pairs"] for gap in dating["by_gap"]) == dating["pairs"]
    assert all(gap["pair_accuracy"] is None or 0 <= gap["pair_accuracy"] <= 1 for gap in dating["by_gap"])
    for figure in ("pair_accuracy", "kendall_tau", "mae_years"):
        low, high = dating["intervals"][figure]
        assert low <= dating[figure] <= high
    assert dating["largest"]["artists"] == 10
    assert dating["by_trend"]["artists"] == 0
    report = (out / "report.md").read_text(encoding="utf-8")
    assert "\n\n## Pairs by the years between them\n\n" in report
    assert "95 % interval over artists" in report and "| > 20 |" in report


def test_artists_with_few_works_are_excluded_from_the_main_figures_only(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    main(Evaluate(dataset=trained.dataset, models=trained.models, out=tmp_path, min_works=1000))
    dating = read_json(tmp_path / "metrics.json")["dating"]
    assert (dating["artists"], dating["pair_accuracy"]) == (0, None)
    assert dating["all_artists"]["artists"] == 10
    printed = capsys.readouterr().out
    assert "artists with ≥ 1000 works" in printed and "## " not in printed


def test_the_report_shows_every_artist_and_the_picture(out: Path) -> None:
    report = (out / "report.md").read_text()
    for row in read_json(out / "metrics.json")["dating"]["per_artist"]:
        assert row["artist"] in report
    assert (out / "pair_accuracy_by_artist.png").stat().st_size > 5000
    assert len(pd.read_csv(out / "per_artist.csv")) == 10


def test_works_of_artists_without_training_works_are_counted_apart(trained: Trained, tmp_path: Path) -> None:
    dataset, out = tmp_path / "dataset", tmp_path / "out"
    shutil.copytree(trained.dataset, dataset)
    artists, splits = (np.array(read_column(dataset, name).to_pylist()) for name in ("artist", "split"))
    stranger = artists == artists[0]
    new_artists, new_splits = np.where(stranger, "A stranger", artists), np.where(stranger, "test", splits)
    change_rows(dataset, {"artist": pa.array(new_artists), "split": pa.array(new_splits)})
    main(Evaluate(dataset=dataset, models=trained.models, out=out, min_works=1))
    metrics = read_json(out / "metrics.json")
    assert metrics["skipped"] == {"artists_without_training_works": 1, "their_test_works": stranger.sum()}
    assert metrics["artist"]["n"] == ((splits == "test") & ~stranger).sum()
    assert metrics["dating"]["artists"] == 9


def test_works_that_are_not_the_artists_own_are_reported_by_qualifier(trained: Trained, tmp_path: Path) -> None:
    dataset, out = tmp_path / "dataset", tmp_path / "out"
    shutil.copytree(trained.dataset, dataset)
    splits = np.array(read_column(dataset, "split").to_pylist())
    apart = np.flatnonzero(splits == "train")[::7]
    qualifiers = np.full(len(splits), "", dtype=object)
    qualifiers[apart[1:]], splits[apart] = "workshop of", "apart"
    change_rows(dataset, {"qualifier": pa.array(qualifiers), "split": pa.array(splits)})
    main(Evaluate(dataset=dataset, models=trained.models, out=out, min_works=1))
    figures = read_json(out / "metrics.json")["qualified"]
    assert [(row["qualifier"], row["n"]) for row in figures["rows"]] == [
        ("workshop of", len(apart) - 1),
        ("outside the artist's life", 1),
    ]
    assert all(0.5 < row["named"] <= 1 and row["dated"] == row["n"] for row in figures["rows"])
    assert figures["own"]["mae_years"] < figures["own"]["mae_years_median_baseline"]
    assert "| workshop of |" in (out / "report.md").read_text(encoding="utf-8")


def test_a_folder_without_models_is_refused(trained: Trained, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no models; train them with jobs/train_per_artist.py"):
        main(Evaluate(dataset=trained.dataset, models=tmp_path, out=tmp_path / "out"))


def test_verification_and_single_works_are_measured_beside_chance(out: Path) -> None:
    metrics = read_json(out / "metrics.json")
    rows = {row["question"]: row["figures"] for row in metrics["verification"]["rows"]}
    own = rows["by this artist, or another at random"]
    kept = metrics["artist"]["n"] - metrics["verification"]["left_out_works"]
    assert own["auc"] > 0.9 and own["true_trials"] == kept == own["trials"] / 2
    assert rows["one hand, artists seen"]["auc"] > 0.75
    single = metrics["single_works"]
    assert single["likely"]["n"] == single["named"]["n"] > 0
    assert single["likely"]["inside"] >= single["named"]["inside"] - 0.1
    report = (out / "report.md").read_text(encoding="utf-8")
    assert "## Verification" in report and "## Single works" in report
