from pathlib import Path

import pandas as pd
import pytest

from lib.data.catalogues import read_catalogue
from lib.data.columns import ColumnNames
from lib.data.images import open_image, perceptual_hash
from lib.data.rows import CatalogueOptions
from lib.data.splits import near_duplicate_groups, split_of_id
from lib.infra.errors import UserError
from lib.scoring.tasks import NEAR_DUPLICATES, asked_works, checksum, for_task, read_works, restrict
from tests.nodes import REPOSITORY
from tests.protocol import careers, write_catalogue
from tests.sources import shared_folder


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    path = tmp_path_factory.mktemp("catalogue") / "all_data_info.csv"
    return read_works(write_catalogue(path, [*careers(8, 70), *[(a, d, f"x{i}") for a, d, i in careers(1, 9)]]))


def test_works_without_a_year_and_works_of_others_are_left_out(tmp_path: Path) -> None:
    rows = [
        ("Edgar Degas", "1870", "1.jpg"), ("Edgar Degas", "", "2.jpg"), ("Edgar Degas", "rver", "3.jpg"),
        ("workshop of Edgar Degas", "1870", "4.jpg"), ("Edgar Degas", "c.1871", "5.jpg"),
    ]  # fmt: skip
    works = read_works(write_catalogue(tmp_path / "all.csv", rows))
    assert works["painting_id"].tolist() == ["1.jpg", "5.jpg"]
    assert works["earliest"].tolist() == [1870, 1871]


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = write_catalogue(tmp_path / "all.csv", [("Edgar Degas", "1870", "1.jpg"), ("Edgar Degas", "1871", "1.jpg")])
    with pytest.raises(UserError, match="without an id of their own"):
        read_works(path)


def test_splits_depend_on_the_id_alone_and_a_tenth_to_a_third_is_test(works: pd.DataFrame) -> None:
    assert (works["split"] == works["painting_id"].map(split_of_id)).all()
    assert 0.1 < (works["split"] == "test").mean() < 0.33


def test_unseen_artists_are_unseen_for_verify_only(works: pd.DataFrame) -> None:
    assert 0 < works["unseen"].mean() < 1
    verify, order = for_task(works, "verify"), for_task(works, "order")
    assert set(verify.loc[verify["unseen"], "split"]) == {"test"}
    assert set(order.loc[order["unseen"], "split"]) == {"train", "val", "test"}
    assert (verify["split"] == order["split"])[~works["unseen"]].all()


def test_only_test_works_of_artists_with_enough_works_are_asked(works: pd.DataFrame) -> None:
    for task, fewest in (("order", 60), ("date", 60), ("artist", 10), ("verify", 10)):
        asked = asked_works(for_task(works, task), task)  # type: ignore[arg-type]
        assert set(asked["split"]) == {"test"}
        assert works.groupby("artist").size()[asked["artist"].unique()].min() >= fewest
    with pytest.raises(UserError, match="no artist with 60 dated works has a test work"):
        asked_works(for_task(works.groupby("artist").head(59), "order"), "order")


def test_works_with_a_near_duplicate_outside_test_are_never_asked(works: pd.DataFrame) -> None:
    ids = dict(zip(works["painting_id"], sorted(NEAR_DUPLICATES), strict=False))
    renamed = works.assign(split="test", painting_id=works["painting_id"].map(lambda name: ids.get(name, name)))
    asked = asked_works(for_task(renamed, "artist"), "artist")
    assert set(renamed["painting_id"]) >= NEAR_DUPLICATES
    assert not set(asked["painting_id"]) & NEAR_DUPLICATES


def test_a_subset_is_scored_as_if_it_were_the_catalogue(works: pd.DataFrame, tmp_path: Path) -> None:
    chosen = [*works["painting_id"][works["artist"] == "Painter 01"].head(65), *works["painting_id"][200:220]]
    ids = tmp_path / "ids.txt"
    ids.write_text("\n".join([*chosen, "unknown.jpg"]))
    subset = restrict(works, ids)
    assert sorted(subset["painting_id"]) == sorted(set(chosen))
    assert set(asked_works(for_task(subset, "order"), "order")["artist"]) == {"Painter 01"}
    assert checksum(subset) != checksum(works)


@pytest.mark.parametrize("content", [b"nothing.jpg\n", b"", b"\xff\xfe\xfa", None])
def test_a_subset_without_works_is_refused(works: pd.DataFrame, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "ids.txt").write_bytes(content)
    with pytest.raises(UserError, match=r"the subset .*ids\.txt"):
        restrict(works, tmp_path / "ids.txt")


def test_the_checksum_tells_years_and_not_the_order_of_rows(works: pd.DataFrame) -> None:
    assert checksum(works.sample(frac=1, random_state=0)) == checksum(works)
    later = works["earliest"].where(works.index != 3, works["earliest"] - 1)
    assert checksum(works.assign(earliest=later)) != checksum(works)


def real_catalogue() -> Path:
    return shared_folder("painter-by-numbers") / "all_data_info.csv.zip"


def test_the_page_names_the_works_of_the_real_catalogue() -> None:
    catalogue = read_works(real_catalogue())
    subset = restrict(catalogue, REPOSITORY / "benchmarks" / "painter-by-numbers-6587.txt")
    page = (REPOSITORY / "docs" / "protocol.md").read_text(encoding="utf-8")
    for works in (catalogue, subset):
        assert f"{len(works):,}" in page
        assert checksum(works) in page
        for task in ("order", "date", "artist", "verify"):
            assert f"{for_task(works, task)['asked'].sum():,}" in page  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_listed_near_duplicates_are_those_of_the_real_pictures() -> None:
    root = shared_folder("painter-by-numbers")
    catalogue = read_catalogue("painter-by-numbers", root, CatalogueOptions(columns=ColumnNames(split="in_train")))
    works = catalogue.paintings
    works["phash"] = [perceptual_hash(open_image((root / file).read_bytes(), short_side=320)) for file in works["file"]]
    groups, test = near_duplicate_groups(works), works["painting_id"].map(split_of_id) == "test"
    assert set(works["painting_id"][test & groups.isin(groups[~test])]) == NEAR_DUPLICATES
