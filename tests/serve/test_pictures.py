"""Pictures that the service sends: of reference works, and of files in formats that browsers lack."""

import base64
import io

import httpx
from PIL import Image

Pictures = dict[str, bytes]


def upload(files: Pictures) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (name, data)) for name, data in files.items()]


def opened(data_url: str) -> Image.Image:
    assert data_url.startswith("data:image/jpeg;base64,")
    return Image.open(io.BytesIO(base64.b64decode(data_url.partition(",")[2])))


def test_reference_works_and_their_pictures(client: httpx.Client, pictures: Pictures) -> None:
    [group] = client.post("/v1/sort", files=upload(pictures)).json()["groups"]
    artist, nearest = group["artist"]["name"], group["paintings"][0]["nearest"]
    works = client.get("/v1/references", params={"artist": artist}).json()["works"]
    dated = {work["painting_id"]: (work["date"], work["columns"]) for work in works}
    assert [dated[work["painting_id"]] for work in nearest] == [(work["date"], work["columns"]) for work in nearest]
    asked = [work["painting_id"] for work in nearest]
    answer = client.get("/v1/references/thumbnails", params={"work": [*asked, "no/such.jpg"]})
    assert "max-age" in answer.headers["cache-control"]
    thumbnails = answer.json()["thumbnails"]
    assert sorted(thumbnails) == sorted(asked)
    assert min(opened(thumbnails[asked[0]]).size) == 128
    nobody = client.get("/v1/references", params={"artist": "nobody"})
    assert (nobody.status_code, "GET /v1/artists" in nobody.json()["error"]) == (404, True)
    assert client.get("/v1/references/thumbnails", params={"work": ["a"] * 21}).status_code == 422


def test_files_are_shown_small(client: httpx.Client, pictures: Pictures) -> None:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(pictures["work-01.jpg"])).resize((1200, 600)).save(buffer, "TIFF", compression="jpeg")
    files = {"a.tif": buffer.getvalue(), "notes.txt": b"no picture"}
    answer = client.post("/v1/previews", files=upload(files)).json()
    assert opened(answer["previews"]["a.tif"]).size == (960, 480)
    assert [one["file"] for one in answer["rejected"]] == ["notes.txt"]
