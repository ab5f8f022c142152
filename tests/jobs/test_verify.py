import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from jobs.verify import Verify, main
from lib.data.dataset import Dataset
from lib.infra.atomic import read_json
from lib.infra.errors import UserError
from lib.models.questioned import QuestionedWorks
from lib.models.references import read_references
from lib.models.store import ModelSet
from lib.models.verify import verify_artist, verify_hand
from lib.reports.verification_text import sentences
from tests.commands import refusal
from tests.conftest import Trained


@pytest.fixture(scope="module")
def artist(trained: Trained) -> str:
    """The artist of the works that the models have not seen."""
    return str(pd.read_csv(trained.catalogue / "unseen.csv")["artist"].iloc[0])


@pytest.fixture(scope="module")
def halves(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two folders with half of the unseen works of one artist each."""
    files = sorted((trained.catalogue / "unseen").iterdir())
    folders = (tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second"))
    for number, file in enumerate(files):
        shutil.copy(file, folders[number % 2] / file.name)
    return folders


@pytest.fixture(scope="module")
def others(trained: Trained, artist: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Test works of another artist."""
    folder = tmp_path_factory.mktemp("others")
    paintings = Dataset.open(trained.dataset).paintings(columns=["painting_id", "artist", "split"])
    test = paintings[(paintings["artist"] != artist) & (paintings["split"] == "test")].sort_values("artist")
    ids = test["painting_id"][test["artist"] == test["artist"].iloc[0]].tolist()
    for painting_id, jpeg in Dataset.open(trained.dataset).images(ids).items():
        (folder / Path(painting_id).name).write_bytes(jpeg)
    return folder


def answer(out: Path) -> dict[str, object]:
    return dict(read_json(out / "verification.json"))


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_an_artists_works_are_told_from_anothers(
    trained: Trained,
    artist: str,
    halves: tuple[Path, Path],
    others: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(Verify(images=halves[0], artist=artist, out=tmp_path / "own", models=trained.models))
    said = capsys.readouterr().out
    main(Verify(images=others, artist=artist, out=tmp_path / "other", models=trained.models))
    own, other = answer(tmp_path / "own"), answer(tmp_path / "other")
    assert own["probability"] > 0.7 > 0.3 > other["probability"], said  # type: ignore[operator]
    assert f"times likelier if {artist} made them than if somebody else did" in said
    assert f"reference works by {artist}" in said and "In trials with sets of" in said
    assert other["likelier"] is not None


def test_a_set_larger_than_any_that_was_tried_is_no_less_sure(trained: Trained, artist: str, tmp_path: Path) -> None:
    main(Verify(images=trained.catalogue / "unseen", artist=artist, out=tmp_path, models=trained.models))
    assert answer(tmp_path)["probability"] > 0.7, answer(tmp_path)  # type: ignore[operator]


def test_two_halves_of_one_artists_works_are_by_one_hand_and_anothers_are_not(
    trained: Trained, halves: tuple[Path, Path], others: Path, tmp_path: Path
) -> None:
    main(Verify(images=halves[0], against=halves[1], out=tmp_path / "same", models=trained.models))
    main(Verify(images=halves[0], against=others, out=tmp_path / "other", models=trained.models))
    assert answer(tmp_path / "same")["probability"] > 0.7 > 0.3 > answer(tmp_path / "other")["probability"]  # type: ignore[operator]
    nearest = read_rows(tmp_path / "same/nearest.csv")
    assert {row["side"] for row in nearest} == {"of the other set", "that the models know"}
    assert all(row["work"].startswith(halves[1].name) for row in nearest if row["side"] == "of the other set")


def test_each_work_has_an_answer_and_the_nearest_works_of_both_sides(
    trained: Trained, artist: str, halves: tuple[Path, Path], tmp_path: Path
) -> None:
    main(Verify(images=halves[0], artist=artist, out=tmp_path, models=trained.models))
    works, nearest = read_rows(tmp_path / "works.csv"), read_rows(tmp_path / "nearest.csv")
    assert sorted(row["file"] for row in works) == sorted(path.name for path in halves[0].iterdir())
    assert all(0 < float(row["probability"]) < 1 for row in works)
    assert len(nearest) == 6 * len(works)
    assert all((row["artist"] == artist) == (row["side"] == f"by {artist}") for row in nearest)
    with Image.open(tmp_path / "verification.png") as picture:
        picture.load()
        assert min(picture.size) > 300


def test_a_prior_moves_the_probability_and_not_the_ratio(
    trained: Trained, artist: str, others: Path, tmp_path: Path
) -> None:
    even, doubtful = (tmp_path / name for name in ("even", "doubtful"))
    main(Verify(images=others, artist=artist, out=even, models=trained.models))
    main(Verify(images=others, artist=artist, out=doubtful, models=trained.models, prior=0.01))
    assert answer(even)["log_ratio"] == answer(doubtful)["log_ratio"]
    assert answer(doubtful)["probability"] < answer(even)["probability"]  # type: ignore[operator]


def test_a_work_of_the_catalogue_is_no_evidence_for_itself(trained: Trained, artist: str, tmp_path: Path) -> None:
    paintings = Dataset.open(trained.dataset).paintings(columns=["painting_id", "artist", "split"])
    own = paintings[(paintings["artist"] == artist) & (paintings["split"] == "train")]["painting_id"].tolist()[:2]
    (tmp_path / "images").mkdir()
    for painting_id, jpeg in Dataset.open(trained.dataset).images(own).items():
        (tmp_path / "images" / Path(painting_id).name).write_bytes(jpeg)
    (tmp_path / "images" / "notes.txt").write_text("not a picture")
    main(Verify(images=tmp_path / "images", artist=artist, out=tmp_path / "out", models=trained.models))
    left_out = read_rows(tmp_path / "out/left_out.csv")
    reasons = {f"may show the same picture as {name} of the catalogue, by {artist}, which was left out" for name in own}
    assert {row["reason"] for row in left_out} == reasons
    nearest = {row["work"] for row in read_rows(tmp_path / "out/nearest.csv")}
    assert not nearest & set(own)
    learned = int((paintings["artist"] == artist)[paintings["split"].isin(["train", "val"])].sum())
    assert answer(tmp_path / "out")["references"] == learned - 2
    assert [row["file"] for row in read_rows(tmp_path / "out/rejected.csv")] == ["notes.txt"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--artist", "Nobody"], "the models know no artist 'Nobody'; did you mean"),
        ([], "give either --artist NAME or --against FOLDER"),
        (["--artist", "Nobody", "--prior", "1"], "--prior is 1.0; it should be less than 1"),
        (["--against", "nowhere"], "nowhere is not a folder"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    words: list[str], sentence: str, trained: Trained, tmp_path: Path
) -> None:
    options = ["--images", trained.catalogue / "unseen", "--out", tmp_path / "out", "--models", trained.models]
    assert sentence in refusal("verify", *options, *words)
    assert not (tmp_path / "out").exists()


def test_models_that_cannot_answer_say_so(trained: Trained, artist: str) -> None:
    models = ModelSet.open(trained.models)
    references = read_references(trained.models, provenance=models.provenance)
    works = QuestionedWorks(["a.jpg"], models.head.model.projection.mean[None], np.zeros(1, dtype=np.uint64))
    with pytest.raises(UserError, match="to calibrate an answer"):
        verify_artist(replace(models, verifier=None), references, works, artist=artist, prior=0.5)
    everything = QuestionedWorks(
        [str(row) for row in references.of(artist)],
        np.tile(models.head.model.projection.mean, (len(references.of(artist)), 1)),
        references.hashes[references.of(artist)],
    )
    with pytest.raises(UserError, match=f"all that the models know of {artist}"):
        verify_artist(models, references, everything, artist=artist, prior=0.5)
    with pytest.raises(UserError, match="all works may show the same pictures"):
        verify_hand(models, references, works, against=works, prior=0.5)


def test_few_reference_works_are_said_to_be_few(
    trained: Trained, artist: str, halves: tuple[Path, Path], tmp_path: Path
) -> None:
    models = ModelSet.open(trained.models)
    references = read_references(trained.models, provenance=models.provenance)
    works = QuestionedWorks(["a.jpg"], models.head.model.projection.mean[None], np.zeros(1, dtype=np.uint64))
    verification = verify_artist(models, references, works, artist=artist, prior=0.5)
    assert "too few" not in " ".join(sentences(verification))
    assert "which is too few to say much" in " ".join(sentences(replace(verification, references=4)))


def test_a_picture_counts_once_and_a_blank_sheet_not_at_all(trained: Trained, artist: str, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    file = next((trained.catalogue / "unseen").iterdir())
    shutil.copy(file, images / "a.jpg")
    main(Verify(images=images, artist=artist, out=tmp_path / "once", models=trained.models))
    for name in "bcdef":
        shutil.copy(file, images / f"{name}.jpg")
    blank = Image.new("RGB", (400, 300), "white")
    blank.save(images / "blank.png")
    main(Verify(images=images, artist=artist, out=tmp_path / "often", models=trained.models))
    assert answer(tmp_path / "often")["log_ratio"] == pytest.approx(answer(tmp_path / "once")["log_ratio"], abs=0.05)
    left_out = {row["file"]: row["reason"] for row in read_rows(tmp_path / "often/left_out.csv")}
    assert set(left_out) == {"b.jpg", "c.jpg", "d.jpg", "e.jpg", "f.jpg", "blank.png"}
    assert left_out["blank.png"] == "is unlike everything that the models learned from"
    (tmp_path / "blank").mkdir()
    blank.save(tmp_path / "blank" / "blank.png")
    with pytest.raises(UserError, match="no work can be verified: blank.png is unlike everything"):
        main(Verify(images=tmp_path / "blank", artist=artist, out=tmp_path / "none", models=trained.models))
