import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import ray

from jobs.fetch_images import FetchImages, main
from lib.data.dataset import Dataset
from lib.fetch import spread
from lib.infra import cli
from tests.commands import refusal
from tests.iiif import IiifServer, canvas_3, iiif_server, manifest_3
from tests.nodes import REPOSITORY
from tests.sources import painting
from tests.waiting import wait_for


@pytest.fixture
def server() -> Iterator[IiifServer]:
    with iiif_server() as server:
        yield server


def write_table(path: Path, server: IiifServer, *, works: int) -> Path:
    """Write a table of works whose pictures the server has."""
    server.answers |= {f"/{number}.jpg": painting(number) for number in range(works)}
    rows = [(f"artist {n % 2}", 1800 + n, server.address(f"/{n}.jpg")) for n in range(works)]
    pd.DataFrame(rows, columns=["Maker", "Date", "Image"]).to_csv(path, index=False)
    return path


def test_a_table_of_addresses_becomes_a_catalogue_that_ingest_reads(
    server: IiifServer,
    tmp_path: Path,
    ray_cluster: None,
    tracking_store: Path,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from jobs import ingest

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spread, "ADDRESSES_PER_PART", 8)  # so that there are two processes
    table, out = write_table(tmp_path / "works.csv", server, works=30), tmp_path / "out"
    service = server.address("/iiif/3/level2/90x60/x")
    server.answers["/7.jpg"] = manifest_3(server.address("/7.jpg"), [canvas_3(service), {"id": "gone"}])
    del server.answers["/8.jpg"]
    options = {"catalogue": table, "url_column": "image", "allow_host": ("127.0.0.1",), "connections": 3}
    main(FetchImages(out=out, requests_per_second=200, contact="ada@example.org", **options))  # type: ignore[arg-type]
    *_, last = capsys.readouterr().out.splitlines()
    assert last == f"{out}: 29 pictures for 29 works, 2 failed; see failed.csv"
    assert server.most_at_once <= 3  # of both processes together
    times = sorted(asked.at for asked in server.asked)
    assert times[-1] - times[0] >= (30 - 1) / 200 - 0.02
    assert max(Counter(asked.path for asked in server.asked).values()) == 1
    catalogue = pd.read_csv(out / "catalogue.csv")
    assert {"Maker", "Date", "Image", "file", "address", "sha256", "licence", "rights"} <= set(catalogue)
    failed = pd.read_csv(out / "failed.csv").set_index("address")["reason"]
    assert failed.to_dict() == {
        "gone": "its canvas has no picture",
        server.address("/8.jpg"): "the server answers 404 Not Found",
    }
    ingest.main(
        ingest.Ingest(source="csv", catalogue=out / "catalogue.csv", root=out / "images", out=tmp_path / "dataset")
    )
    works = Dataset.open(tmp_path / "dataset").paintings(columns=["artist", "year"])
    assert len(works) == 29 and set(works["artist"]) == {"artist 0", "artist 1"}


def test_a_killed_fetch_goes_on(
    server: IiifServer, tmp_path: Path, ray_cluster: None, capsys: pytest.CaptureFixture
) -> None:
    table, out = write_table(tmp_path / "works.csv", server, works=200), tmp_path / "out"
    words = ["--catalogue", table, "--url-column", "Image", "--out", out, "--allow-host", "127.0.0.1"]
    command = [sys.executable, REPOSITORY / "jobs" / "fetch_images.py", *words, "--requests-per-second", "20"]
    environment = os.environ | {"RAY_ADDRESS": ray.get_runtime_context().gcs_address}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, env=environment)
    wait_for(lambda: len(server.asked) > 10, during=process, log=tmp_path / "log")
    process.kill()
    process.wait()
    assert not (out / "catalogue.csv").exists()
    wait_for(lambda: server.connections() == 0)  # Ray has ended the processes of the killed job
    before = Counter(asked.path for asked in server.asked)
    main(
        FetchImages(
            out=out, catalogue=table, url_column="Image", allow_host=("127.0.0.1",), requests_per_second=float("inf")
        )
    )
    assert capsys.readouterr().out.splitlines()[-1] == f"{out}: 200 pictures for 200 works, 0 failed"
    again = Counter(asked.path for asked in server.asked)
    assert len(again) == 200 and len(before) < 200
    assert sum(again.values()) <= 200 + 2  # what was under way on both connections when it was killed


def test_the_commands_of_the_catalogues_page_are_understood() -> None:
    text = (REPOSITORY / "docs" / "fetching.md").read_text(encoding="utf-8").replace("\\\n", " ")
    commands = re.findall(r"^ {4}python jobs/fetch_images\.py (.*)$", text, re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        config = cli.parse(FetchImages, shlex.split(command))
        assert config.contact and (config.manifest or config.url_column)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "give --catalogue FILE or --manifest URL"),
        (["--catalogue", "c.csv", "--manifest", "http://a/m"], "give --catalogue FILE or --manifest URL"),
        (["--catalogue", "c.csv"], "--catalogue needs --url-column"),
        (["--catalogue", "c.csv", "--url-column", "url"], "cannot read the catalogue"),
        (["--manifest", "http://a/m", "--url-column", "url"], "--url-column needs --catalogue"),
        (["--manifest", "http://a/m", "--size", "large"], "--size 'large' is not understood"),
        (["--manifest", "http://a/m", "--requests-per-second", "0"], "it should be greater than 0"),
        (["--manifest", "http://a/m", "--requests-per-second", "nan"], "it should be greater than 0"),
        (["--manifest", "http://a/m", "--connections", "0"], "--connections is 0; it should be greater than 0"),
        (["--manifest", "http://a/m", "--contact", "a\nb"], "--contact must be plain ASCII on one line"),
        (["--manifest", "http://a/m", "--max-manifests", "0"], "--max-manifests is 0; it should be greater than 0"),
    ],
)
def test_options_that_do_not_fit(tmp_path: Path, words: list[str], sentence: str) -> None:
    printed = refusal("fetch_images", "--out", tmp_path / "out", *words)
    assert printed.startswith("error: ") and sentence in printed and len(printed.splitlines()) == 1
    assert not (tmp_path / "out").exists()
