import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lib.data.catalogues import read_catalogue
from lib.data.columns import ColumnNames
from lib.data.rows import CatalogueOptions
from lib.fetch.fetch import Given, Outcome, fetch_all, one_address, open_journal, read_given, write_results
from lib.fetch.fetcher import Task, Wanted, fetch_tasks
from lib.fetch.gate import Gate
from lib.fetch.limits import Limits
from lib.fetch.records import Journal
from lib.fetch.spread import gate_options
from lib.infra.errors import UserError
from tests.iiif import IiifServer, canvas_2, canvas_3, manifest_2, manifest_3
from tests.sources import painting

LIMITS = Limits(
    requests_per_second=float("inf"), connections=8, backoff_seconds=0.01, attempts=1,
    allowed_hosts=("127.0.0.1",),
)  # fmt: skip


class Stopped(Exception):
    """What ends a fetch midway, as a full disk does."""


def run(given: Given, out: Path, *, most_manifests: int = 10_000, fail_after: int | None = None) -> Outcome:
    """Fetch as the job does, but in this process; with `fail_after` be interrupted after so many records."""
    journal = open_journal(out, {})
    left = [fail_after]

    def fetch(tasks: Sequence[Task]) -> None:
        def keep(record: Any) -> None:
            if left[0] is not None:
                left[0] -= 1
                if left[0] < 0:
                    raise Stopped
            journal.append("0-0", record)

        turns, wanted = Gate(**gate_options(LIMITS)), Wanted(out=out, box=None)
        asyncio.run(fetch_tasks(tasks, wanted=wanted, turns=turns, limits=LIMITS, keep=keep))

    outcome = fetch_all(given, journal, out=out, most_manifests=most_manifests, fetch=fetch)
    write_results(given, outcome, out)
    return outcome


def read(out: Path, name: str = "catalogue.csv") -> pd.DataFrame:
    return pd.read_csv(out / name, dtype=str, keep_default_na=False)


def table(folder: Path, **columns: Sequence[str]) -> Given:
    pd.DataFrame(columns).to_csv(folder / "works.csv", index=False)
    return read_given(folder / "works.csv", "URL")


def test_the_catalogue_keeps_the_given_rows_and_says_what_is_known_of_the_pictures(
    server: IiifServer, tmp_path: Path
) -> None:
    server.answers |= {"/1.jpg": painting(1), "/2.jpg": painting(2)}
    one, two, gone = (server.address(path) for path in ("/1.jpg", "/2.jpg", "/gone.jpg"))
    given = table(
        tmp_path, artist=["Edith Harrow"] * 5, date=["1850", "=1851", "1852", "-", "1854"],
        url=[one, two, gone, "", one], File=["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"],
    )  # fmt: skip
    run(given, tmp_path / "out")
    catalogue = read(tmp_path / "out")
    assert list(catalogue) == [
        "artist", "date", "url", "given File", "file", "address", "sha256", "licence", "rights"
    ]  # fmt: skip
    assert catalogue["date"].tolist() == ["1850", "=1851", "1854"]  # the user's own cells stay as they are
    assert catalogue["address"].tolist() == [one, two, one]
    assert (tmp_path / "out" / "images" / catalogue["file"][1]).read_bytes() == painting(2)
    assert server.times("/1.jpg") == 1
    assert read(tmp_path / "out", "failed.csv").to_dict("records") == [
        {"address": gone, "reason": "the server answers 404 Not Found"},
        {"address": "", "reason": "row 4 of the catalogue has no address"},
    ]


def test_ingest_reads_the_catalogue_as_it_is(server: IiifServer, tmp_path: Path) -> None:
    base = server.address("/iiif/3/level2/90x60/id")
    metadata = [{"label": {"en": [label]}, "value": {"en": [text]}} for label, text in (
        ("Creator", "Edith Harrow"), ("Date created", "c. 1850"), ("Filename", "other.tif"), ("Note", "=1+1"),
    )]  # fmt: skip
    server.answers["/m"] = manifest_3(server.address("/m"), [canvas_3(base)], metadata=metadata, rights="http://r/1")
    run(one_address(server.address("/m")), tmp_path / "out")
    catalogue = read(tmp_path / "out")
    (row,) = catalogue.to_dict("records")
    assert (row["Note"], row["licence"], row["title"]) == ("'=1+1", "http://r/1", "A manifest")
    options = CatalogueOptions(catalogue=tmp_path / "out" / "catalogue.csv", columns=ColumnNames())
    (work,) = read_catalogue("csv", tmp_path / "out" / "images", options).paintings.to_dict("records")
    assert (work["artist"], work["earliest"], work["latest"], work["title"]) == (
        "Edith Harrow",
        1850,
        1850,
        "A manifest",
    )


def test_a_manifest_of_a_thousand_canvases_of_which_ten_are_broken(server: IiifServer, tmp_path: Path) -> None:
    services = [server.address(f"/iiif/2/level1/40x30/{number}") for number in range(1000)]
    canvases = [canvas_2(service, label=str(number)) for number, service in enumerate(services)]
    for number in range(0, 1000, 200):
        canvases[number] = {"@id": f"canvas {number}", "images": []}
        canvases[number + 1] = canvas_2(server.address(f"/gone/{number}"))
    server.answers["/m"] = manifest_2(server.address("/m"), canvases)
    outcome = run(one_address(server.address("/m")), tmp_path / "out")
    assert (len(outcome.entries), len(outcome.failed)) == (990, 10)
    catalogue = read(tmp_path / "out")
    assert catalogue["canvas"].tolist() == [str(number) for number in range(1000) if number % 200 > 1]
    assert catalogue["file"].nunique() == 990
    assert server.times("/m") == 1 and len(server.asked) == 1 + 2 * 990 + 5


def test_collections_are_followed_in_their_order_and_within_bounds(server: IiifServer, tmp_path: Path) -> None:
    base = server.address("/iiif/2/level2/40x30/x")
    manifests = {f"/m{number}": f"{base}{number}" for number in range(6)}
    server.answers |= {
        path: manifest_2(server.address(path), [canvas_2(service)], label=path) for path, service in manifests.items()
    }

    def collection(*members: str, **more: Any) -> dict[str, Any]:
        named = [{"@id": server.address(member)} for member in members]
        return {"@type": "sc:Collection", "members": named} | more

    server.answers |= {
        "/top": collection("/m0", "/sub", "/m3"),
        "/sub": collection("/m1", "/top", "/m0", first=server.address("/page")),  # a circle, and a work twice
        "/page": collection("/m2", next=server.address("/page2")),
        "/page2": collection("/m4", "/m5"),
    }
    outcome = run(one_address(server.address("/top")), tmp_path / "out")
    assert read(tmp_path / "out")["title"].tolist() == ["/m0", "/m1", "/m2", "/m4", "/m5", "/m3"]
    assert not outcome.failed and max(map(server.times, server.answers)) == 1
    outcome = run(one_address(server.address("/top")), tmp_path / "few", most_manifests=2)
    assert {failure.reason for failure in outcome.failed} == {"beyond the 2 manifests that --max-manifests allows"}
    server.answers |= {f"/deep{number}": collection(f"/deep{number + 1}") for number in range(20)}
    with pytest.raises(UserError, match="no picture could be fetched; .*more than 8 collections deep"):
        run(one_address(server.address("/deep0")), tmp_path / "deep")


def test_an_interrupted_fetch_goes_on_and_asks_only_for_what_is_missing(server: IiifServer, tmp_path: Path) -> None:
    paths = [f"/{number}.jpg" for number in range(20)]
    server.answers |= {path: painting(number) for number, path in enumerate(paths[:19])}
    given, out = table(tmp_path, url=[server.address(path) for path in paths]), tmp_path / "out"
    with pytest.raises(Stopped):
        run(given, out, fail_after=12)
    assert not (out / "catalogue.csv").exists()
    known = Journal(out / ".fetch", run="other").read()
    (journal,) = (out / ".fetch").glob("*.jsonl")
    journal.write_bytes(journal.read_bytes() + b'{"kind":"picture","address":"half')  # as a killed process leaves it
    server.asked.clear()
    run(given, out)
    assert {asked.path for asked in server.asked} == {path for path in paths if server.address(path) not in known}
    assert len(read(out)) == 19 and len(read(out, "failed.csv")) == 1
    server.answers["/19.jpg"] = painting(19)
    server.asked.clear()
    (out / "images" / read(out)["file"][3]).unlink()
    run(given, out)
    assert {asked.path for asked in server.asked} == {"/3.jpg", "/19.jpg"}  # what failed, and what was lost
    assert len(read(out)) == 20 and read(out, "failed.csv").empty


def test_folders_of_something_else_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mine.jpg").write_text("precious")
    with pytest.raises(UserError, match="is not the folder of a fetch; choose another --out"):
        open_journal(tmp_path / "photos", {"size": "max"})
    open_journal(tmp_path / "out", {"size": "max"})
    with pytest.raises(UserError, match="was fetched with other options"):
        open_journal(tmp_path / "out", {"size": "!640,640"})


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "works.csv").write_text("artist,link\nHarrow,http://museum.example/1.jpg\n")
    with pytest.raises(UserError, match=r"works.csv has no column url; it has artist, link; did you mean"):
        read_given(tmp_path / "works.csv", "url")
