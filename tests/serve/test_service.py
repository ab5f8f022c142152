"""The real service on Ray Serve: answers, and every way to be refused."""

import io
import itertools
import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from jobs import sort_paintings

Pictures = dict[str, bytes]


def upload(files: Pictures) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (name, data)) for name, data in files.items()]


def sort(client: httpx.Client, files: Pictures, **fields: Any) -> dict[str, Any]:
    answer = client.post("/v1/sort", files=upload(files), data=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    return answer.json()["error"]


def png(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def test_sort_says_what_the_job_says(
    client: httpx.Client, models: Path, catalogue: Path, pictures: Pictures, tmp_path: Path
) -> None:
    options = sort_paintings.SortPaintings(images=catalogue / "unseen", out=tmp_path, models=models)
    sort_paintings.main(options)
    job = pd.read_csv(tmp_path / "order.csv")
    answer = client.post("/v1/sort", files=upload(pictures), headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    table = pd.read_csv(io.StringIO(answer.text))
    assert table["file"].tolist() == job["file"].tolist()
    assert table["tie_group"].tolist() == job["tie_group"].tolist()
    # pictures go through the network in other batches, which bfloat16 rounds otherwise
    np.testing.assert_allclose(table["score"], job["score"], atol=0.1)
    np.testing.assert_allclose(table["artist_probability"], job["artist_probability"], atol=0.01)


def test_sort_answers_in_linked_data(client: httpx.Client, pictures: Pictures) -> None:
    fields = {"published_at": "https://example.org/set", "mixed": "true"}
    groups = sort(client, pictures, **fields)["groups"]
    files = [painting["file"] for group in groups for painting in group["paintings"]]
    answer = client.post("/v1/sort", files=upload(pictures), data=fields | {"format": "iiif"})
    assert answer.headers["content-type"] == (
        'application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"'
    )
    bodies = [canvas["items"][0]["items"][0]["body"] for canvas in answer.json()["items"]]
    assert [body["id"] for body in bodies] == [f"https://example.org/set/{file}" for file in files]
    for body, file in zip(bodies, files, strict=True):
        assert (body["width"], body["height"]) == Image.open(io.BytesIO(pictures[file])).size
    answer = client.post("/v1/sort", files=upload(pictures), data=fields | {"format": "linked-art"})
    works = [node for node in answer.json()["@graph"] if "#work/" in node["id"]]
    assert [work["_label"] for work in works] == files


def test_sort_names_the_artist_and_dates_every_work(client: httpx.Client, pictures: Pictures, catalogue: Path) -> None:
    answer = sort(client, {**pictures, "notes.txt": b"no picture", "empty.jpg": b""})
    [group] = answer["groups"]
    assert group["artist"]["name"] == pd.read_csv(catalogue / "unseen.csv")["artist"][0]
    assert group["artist"]["verdict"] == "known"
    assert [work["position"] for work in group["paintings"]] == list(range(1, len(pictures) + 1))
    scores = [work["score"] for work in group["paintings"]]
    assert scores == sorted(scores)
    assert all(work["low"] <= work["score"] <= work["high"] for work in group["paintings"])
    assert all(len(work["nearest"]) == 5 for work in group["paintings"])
    assert {one["file"] for one in answer["rejected"]} == {"notes.txt", "empty.jpg"}
    assert answer["models"]["version"]


def test_known_years_are_kept(client: httpx.Client, pictures: Pictures) -> None:
    first, last = [work["file"] for work in sort(client, pictures)["groups"][0]["paintings"]][:: len(pictures) - 1]
    known = {first: 2000, last: 1500}
    works = sort(client, pictures, known=json.dumps(known))["groups"][0]["paintings"]
    assert {work["file"]: work["year"] for work in works if work["known"]} == known
    assert (works[0]["file"], works[-1]["file"]) == (last, first)


def test_known_dates_may_be_ranges_and_answers_carry_edtf(client: httpx.Client, pictures: Pictures) -> None:
    first = next(iter(pictures))
    works = sort(client, pictures, known=json.dumps({first: "c. 1990–95"}))["groups"][0]["paintings"]
    [known] = [work for work in works if work["known"]]
    assert (known["file"], known["edtf"]) == (first, "1985/2000~")
    assert 1985 <= known["low"] <= known["score"] <= known["high"] <= 2000
    for work in works:
        if not work["known"]:
            assert work["edtf"] == f"{math.floor(work['low'])}/{math.ceil(work['high'])}~"
        assert all(dated["date"] for dated in work["nearest"])


def test_the_caller_may_name_the_artist(client: httpx.Client, pictures: Pictures) -> None:
    [name, *others] = [line["name"] for line in client.get("/v1/artists").json()["artists"]]
    for artist in (name, others[0]):
        [group] = sort(client, pictures, artist=artist)["groups"]
        assert (group["artist"]["name"], group["artist"]["given"]) == (artist, True)


def test_mixed_sets_are_sorted_by_artist(client: httpx.Client, pictures: Pictures, catalogue: Path) -> None:
    titles = pd.read_csv(catalogue / "all_data_info.csv")
    other = titles[titles["in_train"] & (titles["artist"] != pd.read_csv(catalogue / "unseen.csv")["artist"][0])]
    more = {name: (catalogue / "train" / name).read_bytes() for name in other["new_filename"][:6]}
    groups = sort(client, {**pictures, **more}, mixed="true")["groups"]
    assert sorted(work["file"] for group in groups for work in group["paintings"]) == sorted({**pictures, **more})
    for group in groups:
        for work in group["paintings"]:
            assert work["artists"][0]["name"] == group["artist"]["name"]


def test_attribute(client: httpx.Client, pictures: Pictures, catalogue: Path) -> None:
    answer = client.post("/v1/attribute", files=upload(pictures)).json()
    assert answer["artist"]["name"] == pd.read_csv(catalogue / "unseen.csv")["artist"][0]
    assert [work["file"] for work in answer["works"]] == list(pictures)


def test_artists_and_their_cards(client: httpx.Client) -> None:
    lines = client.get("/v1/artists").json()["artists"]
    assert len(lines) == 10
    assert all(line["dated"] and line["works"] >= 12 and 0 <= line["pair_accuracy"] <= 1 for line in lines)
    card = client.get(f"/v1/artists/{lines[0]['name']}").json()["card"]
    assert card["artist"] == lines[0]["name"]
    assert "did you mean" in refusal(client.get("/v1/artists/nobody"), 404)


def test_a_file_over_the_limit_is_listed(client: httpx.Client, pictures: Pictures) -> None:
    assert client.get("/v1/limits").json() == {"files": 20, "file_mib": 1, "request_mib": 8}
    answer = sort(client, {**pictures, "large.jpg": bytes(2**20 + 1)}, known='{"large.jpg": 1888}')
    assert answer["rejected"] == [{"file": "large.jpg", "reason": "larger than 1 MiB; send a smaller copy"}]


def test_the_chance_of_an_order_can_be_told(client: httpx.Client, pictures: Pictures) -> None:
    [group] = sort(client, pictures)["groups"]
    assert group["temperature"] > 0
    for older, newer in itertools.pairwise(group["paintings"]):
        chance = 1 / (1 + math.exp((older["score"] - newer["score"]) / group["temperature"]))
        assert older["tie_group"] != newer["tie_group"] or chance < 2 / 3


def test_health_and_page(client: httpx.Client) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").json()["models"]["version"]
    assert "text/html" in client.get("/").headers["content-type"]
    assert refusal(client.get("/nowhere"), 404)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"artist": "Nobody"}, "did you mean"),
        ({"known": "{"}, "not JSON"),
        ({"known": "[" * 100_000}, "not JSON"),
        ({"known": "[1]"}, "not a JSON object"),
        ({"known": '{"other.jpg": 1900}'}, "not among the pictures"),
        ({"known": '{"work-01.jpg": "soon"}'}, "such as 1888, 1886-90"),
        ({"known": '{"work-01.jpg": "300 BC"}'}, "Christ"),
        ({"known": '{"work-01.jpg": true}'}, "such as 1888, 1886-90"),
        ({"known": '{"work-01.jpg": 19000}'}, "such as 1888, 1886-90"),
        ({"mixed": "perhaps"}, "mixed"),
        ({"mixed": "true", "artist": "Nobody"}, "artist and mixed contradict each other"),
    ],
)
def test_bad_fields(client: httpx.Client, pictures: Pictures, fields: dict[str, str], sentence: str) -> None:
    answer = client.post("/v1/sort", files=upload(pictures), data=fields)
    assert sentence in refusal(answer, 422)


def test_bad_files(client: httpx.Client, pictures: Pictures) -> None:
    work = pictures["work-01.jpg"]
    post = client.post
    assert "no file" in refusal(post("/v1/sort"), 422)
    assert "no file" in refusal(post("/v1/sort", content=b"junk", headers={"content-type": "image/png"}), 422)
    assert refusal(post("/v1/sort", content=b"--x", headers={"content-type": "multipart/form-data"}), 400)
    many = {f"{number}.jpg": work for number in range(21)}
    assert "at most 20" in refusal(post("/v1/sort", files=upload(many)), 413)
    assert "1 MiB" in refusal(post("/v1/sort", files=upload({"a.jpg": bytes(2**20 + 1)})), 413)
    heavy = {f"{number}.jpg": bytes(2**20) for number in range(9)}
    assert "8 MiB" in refusal(post("/v1/sort", files=upload(heavy)), 413)
    assert "not an image" in refusal(post("/v1/sort", files=upload({"a.jpg": b"text"})), 422)
    assert "megapixels" in refusal(post("/v1/sort", files=upload({"bomb.png": png(3000, 2000)})), 422)
    twice = [("files", ("a.jpg", work)), ("files", ("a.jpg", work))]
    assert "two files" in refusal(post("/v1/sort", files=twice), 422)


def test_costly_pictures_are_rejected_by_themselves(client: httpx.Client, pictures: Pictures) -> None:
    buffer = io.BytesIO()
    Image.new("L", (64, 64)).save(buffer, "JPEG", progressive=True)
    jpeg, scan = buffer.getvalue(), buffer.getvalue().rindex(b"\xff\xda")
    costly = {"scans.jpg": jpeg[:-2] + jpeg[scan:-2] * 1000 + jpeg[-2:], "long.png": png(70_000, 1)}
    answer = sort(client, {**pictures, **costly})
    assert len(answer["groups"][0]["paintings"]) == len(pictures)
    assert {one["file"]: one["reason"].partition(";")[0] for one in answer["rejected"]} == {
        "scans.jpg": "more than 100 scans",
        "long.png": "a side is longer than 65,500 pixels",
    }
    assert "scans" in refusal(client.post("/v1/sort", files=upload({"a.jpg": costly["scans.jpg"]})), 422)


def test_a_body_without_length_is_cut_off(client: httpx.Client) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
    body = (part for part in [head, *[bytes(2**20)] * 12])
    answer = client.post("/v1/sort", content=body, headers={"content-type": "multipart/form-data; boundary=x"})
    assert "8 MiB" in refusal(answer, 413)


def test_broken_bytes_crash_nothing(client: httpx.Client, pictures: Pictures) -> None:
    random = np.random.default_rng(0)
    good = np.frombuffer(pictures["work-01.jpg"], dtype=np.uint8)
    for _ in range(15):
        files = {}
        for number in range(16):
            data = good[: random.integers(1, len(good))].copy()
            places = random.integers(0, len(data), random.integers(1, 60))
            data[places] = random.integers(0, 256, len(places))
            files[f"{number}.jpg"] = data.tobytes()
        answer = client.post("/v1/sort", files=upload(files))
        assert answer.status_code in (200, 422), answer.text
    assert sort(client, pictures)["rejected"] == []


def test_concurrent_sets_are_not_mixed_up(client: httpx.Client, pictures: Pictures) -> None:
    names = list(pictures)
    alone = {work["file"]: work for work in sort(client, pictures)["groups"][0]["paintings"]}

    def check(number: int) -> None:
        chosen = np.random.default_rng(number).permutation(names)[: 1 + number % 5]
        files = {f"{number}-{name}": pictures[name] for name in chosen}
        artist = client.get("/v1/artists").json()["artists"][number % 3]["name"]
        [group] = sort(client, files, artist=artist)["groups"]
        assert group["artist"]["name"] == artist
        assert sorted(work["file"] for work in group["paintings"]) == sorted(files)
        for work in group["paintings"]:
            one = alone[work["file"].partition("-")[2]]
            assert work["artists"][0]["share"] == pytest.approx(one["artists"][0]["share"], abs=0.02)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(check, range(40)))
