"""python benchmarks/other_servers.py --kind litserve --models models

Serve the graph without Ray, as a baseline for benchmarks/service.py: with FastAPI in a single process, or with
LitServe, which runs its HTTP side and the models in separate processes.
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
from serve.api import Backend, make_api
from serve.one_process import in_one_process
from serve.pipeline import Request, sort_set
from serve.schemas import SortAnswer
from serve.settings import Settings

FILES = 400  # allowed in one request of the benchmark
PORTS = {"fastapi": 8123, "litserve": 8124}


@dataclass(frozen=True)
class Server:
    """What to serve."""

    kind: Literal["fastapi", "litserve"]
    """Server to use."""
    models: Path
    """Folder written by jobs/train_per_artist.py."""


def main(config: Server) -> None:
    """Serve until stopped."""
    if config.kind == "fastapi":
        backend = load(config.models)
        uvicorn.run(make_api(Settings(files=FILES, queue=1000), backend), port=PORTS["fastapi"], log_level="warning")
    else:
        server = litserve.LitServer(
            SortApi(config.models), accelerator="cpu", timeout=False, healthcheck_path="/readyz"
        )
        server.run(host="127.0.0.1", port=PORTS["litserve"], generate_client_file=False, log_level="warning")


def load(models: Path) -> Backend:
    """Return the whole graph in this process."""
    return in_one_process(models, megapixels=200)


class SortApi(litserve.LitAPI):
    """The graph in the methods that LitServe calls."""

    def __init__(self, models: Path) -> None:
        """Answer with the models of this folder."""
        super().__init__(api_path="/v1/sort")
        self.folder = models

    def setup(self, device: str) -> None:
        """Load the models in the process that answers."""
        self.backend, self.loop = load(self.folder), asyncio.new_event_loop()

    def decode_request(self, request: HttpRequest, **_: Any) -> dict[str, bytes]:
        """Return the files of a request by name."""
        form: FormData = request  # type: ignore[assignment]  # LitServe passes the form of the request
        return {upload.filename: upload.file.read() for upload in form.getlist("files")}  # type: ignore[union-attr,misc]

    def predict(self, files: dict[str, bytes], **_: Any) -> SortAnswer:
        """Sort a set."""
        return self.loop.run_until_complete(sort_set(self.backend.steps, Request(files)))

    def encode_response(self, answer: SortAnswer, **_: Any) -> Response:
        """Return the answer as JSON."""
        return Response(answer.model_dump_json(), media_type="application/json")


if __name__ == "__main__":
    cli.run(main, Server, __doc__)
