import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import Image

from lib.data.dataset import Dataset
from lib.data.paintings import write_part
from lib.infra.atomic import write_json
from lib.reports.date_embedding_maps import SHOWN, THUMBNAIL, data_uri, map_picture, write_interactive

NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), "brown").save(buffer, "JPEG")
    return buffer.getvalue()


def made_up(number: int) -> pd.DataFrame:
    rows = np.arange(number)
    split = np.where(rows % 4 == 0, "test", "train")
    ids = [f"{row}.jpg" for row in rows]
    return pd.DataFrame({"painting_id": ids, "artist": "A & B", "year": 1800 + rows % 90, "split": split})


def write_dataset(folder: Path, works: pd.DataFrame, *, title: str) -> Dataset:
    table = pa.Table.from_pandas(works, preserve_index=False)
    table = table.append_column("title", [[title] * len(works)]).append_column("image", [[jpeg()] * len(works)])
    write_part(folder / "paintings" / "part-00000.parquet", table)
    write_json(folder / "manifest.json", {"fingerprint": "made up", "short_side": 320})
    return Dataset.open(folder)


def test_the_page_is_self_contained_and_runs_no_title(tmp_path: Path) -> None:
    works = made_up(12)
    dataset = write_dataset(tmp_path, works, title=NASTY)
    write_interactive(tmp_path / "map.html", np.random.default_rng(0).random((12, 2)), works, dataset=dataset)
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert "alert(1)" in page  # the title is there
    assert "<script>alert" not in page and "<img src=x" not in page  # but not as HTML
    assert page.count("base64,") >= 12
    assert '<script src="' not in page and "<link" not in page.split("</script>")[-1]


def test_a_large_embedding_shows_all_test_works_and_some_others(tmp_path: Path) -> None:
    works = made_up(3000)
    dataset = write_dataset(tmp_path, works, title="")
    write_interactive(tmp_path / "map.html", np.zeros((3000, 2)), works, dataset=dataset)
    assert f"{SHOWN} of 3000 works" in (tmp_path / "map.html").read_text(encoding="utf-8")


def test_thumbnails_are_small() -> None:
    uri = data_uri(Image.open(io.BytesIO(jpeg())))
    assert uri.startswith("data:image/jpeg;base64,") and len(uri) < 4000
    assert THUMBNAIL < 128


def test_the_picture_shows_train_and_test() -> None:
    figure = map_picture(np.random.default_rng(0).random((40, 2)), made_up(40), title="after epoch 3")
    assert [axes.get_title() for axes in figure.axes[:2]] == ["train (30 works)", "test (10 works)"]
