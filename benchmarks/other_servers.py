"""python benchmarks/other_servers.py --kind litserve --models models

Serve the steps of the graph without Ray, for benchmarks/service.py to compare the service with: by FastAPI in one bare
process, or by LitServe, whose HTTP side and model are processes of their own.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import litserve
import uvicorn
from starlette.datastructures import FormData
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from lib.infra import cli
from lib.models.snapshots import read_models
from serve.answers import SortAnswer
from serve.api import make_api
from serve.one_process import OneProcess
from serve.sets import Request, sort_set
from serve.settings import Settings

FILES = 400  # allowed in one request of the benchmark
PORTS = {"fastapi": 8123, "litserve": 8124}


@dataclass(frozen=True)
class Server:
    """What to serve."""

    kind: Literal["fastapi", "litserve"]
    """By what."""
    models: Path
    """Folder written by jobs/train_per_artist.py."""


def main(config: Server) -> None:
    """Serve until stopped."""
    if config.kind == "fastapi":
        steps = one_process(config.models)
        uvicorn.run(make_api(Settings(files=FILES, queue=1000), steps), port=PORTS["fastapi"], log_level="warning")
    else:
        api = SortApi(config.models)
        server = litserve.LitServer(api, accelerator="cpu", timeout=False, healthcheck_path="/readyz")
        server.run(host="127.0.0.1", port=PORTS["litserve"], generate_client_file=False, log_level="warning")


def one_process(models: Path) -> OneProcess:
    """Return all steps of the graph in this process."""
    return OneProcess(read_models(models, comparators=True), megapixels=200)


class SortApi(litserve.LitAPI):
    """The steps of the graph as LitServe takes them."""

    def __init__(self, models: Path) -> None:
        """Answer with these models."""
        super().__init__(api_path="/v1/sort")
        self.folder = models

    def setup(self, device: str) -> None:
        """Load the models, in the process that answers."""
        self.steps, self.loop = one_process(self.folder), asyncio.new_event_loop()

    def decode_request(self, request: HttpRequest, **_: Any) -> dict[str, bytes]:
        """Return the files of a request by name."""
        form: FormData = request  # type: ignore[assignment]  # LitServe hands on the form of the request
        return {upload.filename: upload.file.read() for upload in form.getlist("files")}  # type: ignore[union-attr,misc]

    def predict(self, files: dict[str, bytes], **_: Any) -> SortAnswer:
        """Sort a set."""
        return self.loop.run_until_complete(sort_set(self.steps, Request(files)))

    def encode_response(self, answer: SortAnswer, **_: Any) -> Response:
        """Return the answer as JSON."""
        return Response(answer.model_dump_json(), media_type="application/json")


if __name__ == "__main__":
    cli.run(main, Server, __doc__)
