import csv
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest
from PIL import Image

from jobs.sort_paintings import SortPaintings, main
from lib.dating.per_artist import comparator_folder
from lib.infra.atomic import read_json, write_json
from lib.infra.errors import UserError
from lib.models.store import version_of
from lib.stats.metrics import order_quality
from lib.stats.years import Years
from tests.commands import refusal
from tests.conftest import Trained


@pytest.fixture(scope="module")
def out(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unseen works of one artist among two files that are no images, sorted."""
    images, out = tmp_path_factory.mktemp("images"), tmp_path_factory.mktemp("sorted")
    shutil.copytree(trained.catalogue / "unseen", images, dirs_exist_ok=True)
    (images / "notes.txt").write_text("not a painting")
    (images / "broken.jpg").write_bytes(next((trained.catalogue / "unseen").iterdir()).read_bytes()[:500])
    main(SortPaintings(images=images, out=out, models=trained.models, published_at="https://example.org/set/"))
    return out


def truth(trained: Trained) -> pd.DataFrame:
    return pd.read_csv(trained.catalogue / "unseen.csv").set_index("file")


def test_the_artist_is_named_and_the_order_is_better_than_a_coin(trained: Trained, out: Path) -> None:
    order, known = pd.read_csv(out / "order.csv"), truth(trained)
    assert pd.read_csv(out / "artists.csv")["artist"][0] == known["artist"].iloc[0]
    assert order_quality(order["score"].to_numpy(), Years.exact(known["year"][order["file"]])).pair_accuracy > 0.6


def test_every_readable_work_has_one_place_and_an_interval_around_its_year(trained: Trained, out: Path) -> None:
    order = pd.read_csv(out / "order.csv")
    assert sorted(order["file"]) == sorted(truth(trained).index)
    assert order["position"].tolist() == list(range(1, len(order) + 1))
    assert order["score"].is_monotonic_increasing
    assert (order["low"] < order["score"]).all() and (order["score"] < order["high"]).all()
    assert order["artist_probability"].between(0, 1).all()


def test_files_that_are_no_images_are_listed_with_the_reason(out: Path) -> None:
    with (out / "rejected.csv").open(encoding="utf-8-sig") as file:
        rejected = {row["file"]: row["reason"] for row in csv.DictReader(file)}
    assert set(rejected) == {"notes.txt", "broken.jpg"}
    assert "not an image" in rejected["notes.txt"]


def test_the_order_is_a_manifest_and_linked_art_too(trained: Trained, out: Path) -> None:
    order, version = pd.read_csv(out / "order.csv"), version_of(trained.models)
    manifest, linked_art = read_json(out / "manifest.json"), read_json(out / "linked-art.json")
    assert manifest["id"] == "https://example.org/set/manifest.json"
    shown = [canvas["items"][0]["items"][0]["body"] for canvas in manifest["items"]]
    assert [body["id"] for body in shown] == [f"https://example.org/set/{quote(file)}" for file in order["file"]]
    for body, file in zip(shown, order["file"], strict=True):
        with Image.open(trained.catalogue / "unseen" / file) as picture:
            assert (body["width"], body["height"]) == picture.size
    groups = [len(group["items"]) for group in manifest["structures"][0]["items"]]
    assert groups == order["tie_group"].value_counts().sort_index().tolist()
    for canvas, year in zip(manifest["items"], order["year"], strict=True):
        said = canvas["annotations"][0]["items"][0]["body"]["value"]
        assert f"about {year}, 80 % interval" in said and version in said
    works = [node for node in linked_art["@graph"] if "#work/" in node["id"]]
    assert [work["_label"] for work in works] == order["file"].tolist()
    assert any(node["_label"] == f"oeuvre models {version}" for node in linked_art["@graph"])


def test_the_timeline_is_a_picture(out: Path) -> None:
    with Image.open(out / "timeline.png") as picture:
        picture.load()
        assert min(picture.size) > 300


def test_known_dates_hold_and_the_museums_columns_travel(trained: Trained, out: Path, tmp_path: Path) -> None:
    first, second = pd.read_csv(out / "order.csv")["file"][[0, 1]]
    known = tmp_path / "known.csv"
    known.write_text(
        f"File;Date;Accession No;year\n{Path(first).stem};1990-95;=1+1;x\n{second};;N2;y\n", encoding="utf-16"
    )
    main(SortPaintings(images=trained.catalogue / "unseen", out=tmp_path / "out", models=trained.models, known=known))
    order = pd.read_csv(tmp_path / "out/order.csv", keep_default_na=False).set_index("file")
    assert order.index[-1] == first
    assert 1990 <= order["low"][first] <= order["score"][first] <= order["high"][first] <= 1995
    assert (order["edtf"][first], bool(order["known"][first]), bool(order["known"][second])) == (
        "1990/1995",
        True,
        False,
    )
    assert (order["Accession No"][first], order["Accession No"][second], order["year'"][first]) == ("'=1+1", "N2", "x")
    assert order["edtf"][second].endswith("~")
    assert order["nearest"].ne("").all() and order["nearest date"].ne("").all()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("file,date\nnowhere.jpg,1888\n", "row 1 .* names 'nowhere.jpg'"),
        ("file,date\n{first},soon\n", "the date of .* 'soon'"),
        ("file,date\n{first},1888\n{first},1889\n", "twice"),
        ("file,when\n{first},1888\n", "has no column date"),
        ("file,date\n{first},1888,1889\n", "line 2"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(text: str, sentence: str, trained: Trained, tmp_path: Path) -> None:
    first = sorted(path.name for path in (trained.catalogue / "unseen").iterdir())[0]
    known = tmp_path / "known.csv"
    known.write_text(text.format(first=first))
    options = SortPaintings(
        images=trained.catalogue / "unseen", out=tmp_path / "out", models=trained.models, known=known
    )
    with pytest.raises(UserError, match=sentence):
        main(options)
    assert not (tmp_path / "out").exists()


def test_another_artist_can_be_named(trained: Trained, tmp_path: Path) -> None:
    other = next(
        name
        for name in pd.read_csv(trained.catalogue / "all_data_info.csv")["artist"]
        if name != truth(trained)["artist"].iloc[0]
    )
    main(SortPaintings(images=trained.catalogue / "unseen", out=tmp_path, models=trained.models, artist=other))
    assert pd.read_csv(tmp_path / "order.csv")["artist_probability"].mean() < 0.5


def test_an_artist_without_a_comparator_is_named_and_said_so(trained: Trained, tmp_path: Path) -> None:
    models, artist = tmp_path / "models", truth(trained)["artist"].iloc[0]
    shutil.copytree(trained.models, models)
    file = comparator_folder(models, artist) / "model.json"
    metadata = read_json(file)
    write_json(file, {**metadata, "provenance": {**metadata["provenance"], "space": "another"}})
    out = tmp_path / "out"
    main(SortPaintings(images=trained.catalogue / "unseen", out=out, models=trained.models))
    assert (out / "order.csv").is_file()
    with pytest.raises(UserError, match=f"there is no comparator for {artist}"):
        main(SortPaintings(images=trained.catalogue / "unseen", out=tmp_path / "out", models=models))
    assert (tmp_path / "out" / "artists.csv").is_file()
    assert not (tmp_path / "out" / "order.csv").exists()


@pytest.mark.parametrize(
    ("images", "models", "artist", "sentence"),
    [
        ("none", None, None, "is not a folder"),
        ("empty", None, None, "holds no readable image"),
        ("unseen", "empty", None, "holds no models; train them with"),
        ("unseen", None, "Nobody", "the models know no artist 'Nobody'"),
    ],
)
def test_bad_input_is_one_sentence(
    trained: Trained, tmp_path: Path, images: str, models: str | None, artist: str | None, sentence: str
) -> None:
    (tmp_path / "empty").mkdir()
    folder = trained.catalogue / "unseen" if images == "unseen" else tmp_path / images
    used = tmp_path / models if models else trained.models
    with pytest.raises(UserError, match=sentence):
        main(SortPaintings(images=folder, out=tmp_path / "out", models=used, artist=artist))


def test_on_the_command_line_the_sentence_is_all_that_is_printed_and_the_status_is_2(tmp_path: Path) -> None:
    command = [sys.executable, "jobs/sort_paintings.py", "--images", tmp_path / "none", "--out", tmp_path / "out"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == f"error: {tmp_path / 'none'} is not a folder; give one that holds the paintings\n"


def test_the_table_says_who_and_whether_the_models_know_the_artist(trained: Trained, out: Path) -> None:
    order = pd.read_csv(out / "order.csv")
    assert set(order["artist"]) == {truth(trained)["artist"].iloc[0]}
    assert set(order["verdict"]) == {"known"}
    assert order["known_probability"].between(2 / 3, 1).all()


def test_mixed_works_are_sorted_by_artist_with_a_timeline_each(trained: Trained, tmp_path: Path) -> None:
    images = tmp_path / "images"
    shutil.copytree(trained.catalogue / "unseen", images / "$unsorted$" / "one 'artist'")
    catalogue = pd.read_csv(trained.catalogue / "all_data_info.csv")
    other = catalogue[catalogue["in_train"] & (catalogue["artist"] != truth(trained)["artist"].iloc[0])]
    for name in other["new_filename"][:4]:
        shutil.copy(trained.catalogue / "train" / name, images / name)
    main(SortPaintings(images=images, out=tmp_path / "out", models=trained.models, mixed=True))
    order = pd.read_csv(tmp_path / "out/order.csv")
    assert len(order) == 16
    assert order["file"].str.startswith("$unsorted$/one 'artist'/").sum() == 12
    assert (
        order.groupby("artist")["position"].apply(lambda places: places.tolist() == [*range(1, len(places) + 1)]).all()
    )
    assert len(list((tmp_path / "out").glob("timeline-*.png"))) == order["artist"].nunique() > 1


def test_a_single_work_is_dated_over_its_likely_artists(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = tmp_path / "images"
    images.mkdir()
    file = next((trained.catalogue / "unseen").iterdir())
    shutil.copy(file, images)
    main(SortPaintings(images=images, out=tmp_path / "free", models=trained.models))
    said = capsys.readouterr().out
    free = pd.read_csv(tmp_path / "free/order.csv").iloc[0]
    main(SortPaintings(images=images, out=tmp_path / "given", models=trained.models, artist=free["artist"]))
    given = pd.read_csv(tmp_path / "given/order.csv").iloc[0]
    averaged = "average over the likely artists" in said
    assert averaged == ((free["low"], free["high"]) != (given["low"], given["high"]))
    assert "average over" not in capsys.readouterr().out


def test_results_are_never_written_among_the_paintings(trained: Trained) -> None:
    unseen = trained.catalogue / "unseen"
    for out in (unseen, unseen / "sorted"):
        assert "lies in --images" in refusal(
            "sort_paintings", "--images", unseen, "--out", out, "--models", trained.models
        )
    assert not (unseen / "sorted").exists()


def test_an_artist_and_mixed_are_two_wishes(trained: Trained, tmp_path: Path) -> None:
    options = ["--images", trained.catalogue / "unseen", "--out", tmp_path, "--models", trained.models]
    assert "give --artist NAME or --mixed True" in refusal(
        "sort_paintings", *options, "--artist", "A", "--mixed", "True"
    )


def test_a_blank_sheet_and_a_picture_of_the_catalogue_are_recognised(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = tmp_path / "images"
    images.mkdir()
    Image.new("RGB", (400, 300), "white").save(images / "blank.png")
    catalogue = pd.read_csv(trained.catalogue / "all_data_info.csv").dropna(subset="date")
    work = catalogue[catalogue["in_train"]].iloc[0]
    shutil.copy(trained.catalogue / "train" / work["new_filename"], images / "copy.jpg")
    shutil.copy(next((trained.catalogue / "unseen").iterdir()), images / "unseen.jpg")
    main(SortPaintings(images=images, out=tmp_path / "out", models=trained.models))
    said = capsys.readouterr().out
    order = pd.read_csv(tmp_path / "out/order.csv", keep_default_na=False).set_index("file")
    assert order["outlier"].to_dict() == {"blank.png": True, "copy.jpg": False, "unseen.jpg": False}
    assert "blank.png is unlike everything that the models learned from" in said
    assert order["in_catalogue"].to_dict() == {"blank.png": "", "copy.jpg": work["new_filename"], "unseen.jpg": ""}
    assert f"copy.jpg is in the catalogue: {work['new_filename']}, {work['artist']}" in said
    assert bool(order["known"]["copy.jpg"]) and str(order["year"]["copy.jpg"]) in work["date"]
    main(SortPaintings(images=images, out=tmp_path / "blank", models=trained.models, mixed=True))
    assert pd.read_csv(tmp_path / "blank/order.csv").set_index("file")["verdict"]["blank.png"] == "unknown"
