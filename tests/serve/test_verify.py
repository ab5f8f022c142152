"""POST /v1/verify: what it answers, and every way to be refused."""

from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from jobs import verify
from lib.infra.atomic import read_json

Pictures = dict[str, bytes]


@pytest.fixture
def artist(catalogue: Path) -> str:
    """Return the artist of the pictures."""
    return str(pd.read_csv(catalogue / "unseen.csv")["artist"].iloc[0])


def others_of(catalogue: Path, artist: str) -> Pictures:
    """Return four works of another artist, among those that the models learned from."""
    titles = pd.read_csv(catalogue / "all_data_info.csv")
    others = titles[titles["in_train"] & (titles["artist"] != artist)].sort_values(["artist", "new_filename"])
    return {f"other-{name}": (catalogue / "train" / name).read_bytes() for name in others["new_filename"][:4]}


def post(client: httpx.Client, files: Pictures, against: Pictures | None = None, **fields: Any) -> httpx.Response:
    parts = [("files", part) for part in files.items()] + [("against", part) for part in (against or {}).items()]
    return client.post("/v1/verify", files=parts, data=fields)


def answer(client: httpx.Client, files: Pictures, against: Pictures | None = None, **fields: Any) -> dict[str, Any]:
    response = post(client, files, against, **fields)
    assert response.status_code == 200, response.text
    return response.json()


def halves(pictures: Pictures) -> tuple[Pictures, Pictures]:
    names = sorted(pictures)
    return {name: pictures[name] for name in names[::2]}, {name: pictures[name] for name in names[1::2]}


def test_verify_says_what_the_job_says(
    client: httpx.Client, models: Path, catalogue: Path, pictures: Pictures, artist: str, tmp_path: Path
) -> None:
    verify.main(verify.Verify(images=catalogue / "unseen", artist=artist, out=tmp_path, models=models))
    job, works = dict(read_json(tmp_path / "verification.json")), pd.read_csv(tmp_path / "works.csv")
    said = answer(client, pictures, artist=artist)
    # pictures go through the network in other batches, which bfloat16 rounds otherwise
    np.testing.assert_allclose(said["log_likelihood_ratio"], job["log_ratio"], atol=0.1)
    assert (said["references"], said["artist"], said["prior"]) == (job["references"], artist, 0.5)
    assert said["sentences"][2:] == job["sentences"][2:]
    assert [work["file"] for work in said["works"]] == works["file"].tolist()
    ratios = [work["log_likelihood_ratio"] for work in said["works"]]
    np.testing.assert_allclose(ratios, works["log_likelihood_ratio"], atol=0.1)


def test_works_by_an_artist_are_told_from_works_by_others(
    client: httpx.Client, pictures: Pictures, artist: str, catalogue: Path
) -> None:
    own = answer(client, halves(pictures)[0], artist=artist)
    other = answer(client, others_of(catalogue, artist), artist=artist)
    assert own["probability"] > 0.7 > 0.3 > other["probability"]
    for work in own["works"]:
        assert {near["artist"] for near in work["supporting"]} == {artist}
        assert artist not in {near["artist"] for near in work["opposing"]}
    shown = {near["work"] for work in own["works"] for near in [*work["supporting"], *work["opposing"]]}
    assert shown == set(own["thumbnails"])
    assert all(url.startswith("data:image/jpeg;base64,") for url in own["thumbnails"].values())


def test_works_by_one_hand_are_told_from_works_by_two(
    client: httpx.Client, pictures: Pictures, artist: str, catalogue: Path
) -> None:
    first, second = halves(pictures)
    same, other = answer(client, first, second), answer(client, first, others_of(catalogue, artist))
    assert same["probability"] > 0.7 > 0.3 > other["probability"]
    assert (same["artist"], same["references"]) == (None, len(second))
    assert {near["work"] for work in same["works"] for near in work["supporting"]} <= set(second)


def test_a_prior_moves_the_probability_and_not_the_ratio(client: httpx.Client, pictures: Pictures, artist: str) -> None:
    even, doubtful = (answer(client, pictures, artist=artist, prior=prior) for prior in (0.5, 0.01))
    assert doubtful["log_likelihood_ratio"] == pytest.approx(even["log_likelihood_ratio"], abs=0.1)
    assert doubtful["probability"] < even["probability"]


def test_files_that_do_not_count_are_listed(client: httpx.Client, pictures: Pictures) -> None:
    first, second = halves(pictures)
    name, *_ = first
    said = answer(client, {**first, "notes.txt": b"no picture"}, {**second, "copy.jpg": first[name], "empty.jpg": b""})
    assert {file["file"] for file in said["rejected"]} == {"notes.txt", "empty.jpg"}
    assert said["left_out"] == {name: "may show the same picture as copy.jpg of the other set"}
    assert name not in [work["file"] for work in said["works"]]
    assert f"{name} may show the same picture as copy.jpg of the other set." in said["sentences"]


def test_a_question_that_cannot_be_answered_is_refused(client: httpx.Client, pictures: Pictures, artist: str) -> None:
    first, second = halves(pictures)
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({}, 422, "name an artist or send the works of another set"),
        ({"artist": artist, "against": second}, 422, "not both"),
        ({"artist": f"{artist}x"}, 422, f"did you mean {artist}"),
        ({"artist": artist, "prior": 2}, 422, "prior"),
        ({"artist": artist, "prior": "even"}, 422, "prior"),
        ({"against": {"notes.txt": b"no picture"}}, 422, "none of the 1 files is a usable picture; notes.txt"),
        ({"against": first}, 422, "all works may show the same pictures"),
        ({"against": {f"{number}.jpg": b"" for number in range(20)}}, 413, "at most 20"),
    ]
    for fields, status, sentence in wrong:
        refused = post(client, first, **fields)
        assert (refused.status_code, list(refused.json())) == (status, ["error"]), fields
        assert sentence in refused.json()["error"], fields
    assert "no file" in client.post("/v1/verify", data={"artist": artist}).json()["error"]
