"""The HTTP side: the routes, the checks of their input, the sentence for every error, and the page."""

import json
import logging
import pathlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, File, Form, Header, HTTPException, Path, Security, UploadFile
from fastapi import Request as HttpRequest
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.security import HTTPBearer
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from ray.exceptions import RayError, RayTaskError
from ray.serve.exceptions import BackPressureError
from starlette.exceptions import HTTPException as AnyHttpException

from lib.attribution.attribute import require_known_artist
from lib.dating.known import KnownDates, parse_known_dates
from lib.infra.errors import UserError
from serve import schemas
from serve.latest import ModelsChanged, NotReady
from serve.limits import BUSY, RETRY_AFTER, Gate, Slots, problem
from serve.pipeline import Request, Steps, attribute_set, sort_set
from serve.settings import MEBIBYTE, Settings
from serve.verification import Verify, VerifyAnswer, VerifyRequest, verify_set

log = logging.getLogger("ray.serve")
DESCRIPTION = "Names the artist of a set of paintings, dates them and sorts them into the order they were painted."
KNOWN = """Known dates, as JSON: {"a.jpg": 1888, "b.jpg": "c. 1886-90"}; as catalogues write them, or in EDTF."""
PAGE = pathlib.Path(__file__).parent / "page"
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": schemas.Problem} for status in (400, 401, 404, 408, 413, 421, 422, 503)
}
PAGE_HEADERS = {  # the page loads nothing from other hosts
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
MAX_NAME = 255  # characters, of a file or an artist
MAX_KNOWN = 100_000  # characters
Files = Annotated[list[UploadFile], File(description="The pictures.")]


@dataclass(frozen=True)
class Backend:
    """What the routes call, wherever it runs: each function may be a method of a deployment.

    model_card: of an artist. ready: returns the models in use; raises NotReady where there are none.
    """

    steps: Steps
    verify: Verify
    artists: Callable[[], Awaitable[schemas.ArtistList]]
    model_card: Callable[[str], Awaitable[schemas.ModelCard]]
    ready: Callable[[], Awaitable[schemas.ModelsUsed]]


def make_api(settings: Settings, backend: Backend) -> FastAPI:
    """Return the HTTP side of `backend`."""
    slots = Slots(settings.queue)
    # FastAPIOffline, because /docs must load nothing from other hosts either
    api = FastAPIOffline(title="oeuvre", version="1", description=DESCRIPTION, redoc_url=None)
    api.add_middleware(Gate, settings=settings, slots=slots)
    api.include_router(set_routes(settings, backend, slots))
    api.include_router(artist_routes(backend))
    api.include_router(health_routes(backend))
    api.mount("/page", StaticFiles(directory=PAGE), name="page")

    @api.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(PAGE / "index.html", headers=PAGE_HEADERS)

    add_error_handlers(api)
    return api


def v1() -> APIRouter:
    """Return a router for paths that require the token if the service has one; Gate checks it."""
    return APIRouter(prefix="/v1", responses=PROBLEMS, dependencies=[Security(HTTPBearer(auto_error=False))])


def set_routes(settings: Settings, backend: Backend, slots: Slots) -> APIRouter:
    """Return the routes that take pictures."""
    router, steps = v1(), backend.steps

    @router.post("/sort", response_model=schemas.SortAnswer, responses={200: {"content": {"text/csv": {}}}})
    async def sort(
        files: Files,
        artist: Annotated[str | None, Form(description="Sort as works of this artist.", max_length=MAX_NAME)] = None,
        known: Annotated[str | None, Form(description=KNOWN, max_length=MAX_KNOWN)] = None,
        mixed: Annotated[bool, Form(description="Attribute each work; sort the works of each artist apart.")] = False,
        accept: Annotated[str, Header()] = "",
    ) -> Any:
        """Name the artist of the pictures and sort them into the order they were painted."""
        with slots.taken():
            contents = await read_files(files, settings=settings)
            dates = read_known_dates(known, files=contents)
            request = Request(contents, artist=artist or None, known=dates, mixed=mixed)
            answer = await sort_set(steps, request)
        if "text/csv" in accept:
            return Response(schemas.as_csv(answer), media_type="text/csv; charset=utf-8")
        return as_json(answer)

    @router.post("/attribute", response_model=schemas.AttributeAnswer)
    async def attribute(files: Files) -> Any:
        """Name the artist of the pictures, together and each alone."""
        with slots.taken():
            contents = await read_files(files, settings=settings)
            return as_json(await attribute_set(steps, Request(contents)))

    @router.post("/verify", response_model=VerifyAnswer)
    async def verify(
        files: Files,
        artist: Annotated[str | None, Form(description="Are the pictures by this artist?")] = None,
        against: Annotated[list[UploadFile] | None, File(description="Are they by the artist of these?")] = None,
        prior: Annotated[float, Form(gt=0, lt=1, description="Probability of yes before they were seen.")] = 0.5,
    ) -> Any:
        """Say whether the pictures are by an artist, or by the hand that made others."""
        with slots.taken():
            require_few(len(files) + len(against or []), settings=settings)
            contents = await read_files(files, settings=settings)
            others = await read_files(against or [], settings=settings)
            request = VerifyRequest(contents, artist=artist or None, against=others, prior=prior)
            return as_json(await verify_set(steps, backend.verify, request))

    return router


def artist_routes(backend: Backend) -> APIRouter:
    """Return the routes about the artists known to the models."""
    router = v1()

    @router.get("/artists", response_model=schemas.ArtistList)
    async def artists() -> Any:
        """List the artists known to the models, and how accurately each is dated."""
        return as_json(await backend.artists())

    @router.get("/artists/{name:path}", response_model=schemas.ModelCard)
    async def artist(name: Annotated[str, Path(max_length=MAX_NAME)]) -> Any:
        """Show the model card of one artist."""
        known_artists = [summary.name for summary in (await backend.artists()).artists]
        try:
            require_known_artist(name, known_artists)
        except UserError as error:
            raise HTTPException(404, str(error)) from error
        return as_json(await backend.model_card(name))

    return router


def health_routes(backend: Backend) -> APIRouter:
    """Return the routes for load balancers and monitors."""
    router = APIRouter()

    @router.get("/healthz", response_model=schemas.Health)
    async def healthz() -> Any:
        """Report that the service runs."""
        return schemas.Health(status="ok")

    @router.get("/readyz", response_model=schemas.Health, responses={503: {"model": schemas.Problem}})
    async def readyz() -> Any:
        """Report that every part of the service has models to answer with."""
        return schemas.Health(status="ok", models=await backend.ready())

    return router


def as_json(answer: Any) -> Response:
    """Return the answer, which was validated when it was built, as JSON; numbers that are not finite become null."""
    return Response(answer.model_dump_json(), media_type="application/json")


async def read_files(uploads: list[UploadFile], *, settings: Settings) -> dict[str, bytes]:
    """Return the contents of the files by name. Raises HTTPException for too many, too large or equally named files."""
    require_few(len(uploads), settings=settings)
    files: dict[str, bytes] = {}
    for upload in uploads:
        name = upload.filename or ""
        if len(name) > MAX_NAME:
            raise HTTPException(422, f"a file name is longer than {MAX_NAME} characters; shorten it")
        if name in files:
            raise HTTPException(422, f"two files are named {name!r}; give each its own name")
        if (upload.size or 0) > settings.file_mib * MEBIBYTE:
            raise HTTPException(413, f"{name} is larger than {settings.file_mib} MiB; send a smaller copy")
        files[name] = await upload.read()
    return files


def require_few(files: int, *, settings: Settings) -> None:
    """Raise HTTPException for more files than one request may have."""
    if files > settings.files:
        raise HTTPException(413, f"{files} files are too many; send at most {settings.files} in one request")


def read_known_dates(known: str | None, *, files: dict[str, bytes]) -> KnownDates:
    """Return the dates in the form field `known`. Raises UserError unless it is a JSON object from files to dates."""
    try:
        dates = json.loads(known) if known else {}
    except (ValueError, RecursionError) as error:
        raise UserError('known is not JSON; send an object such as {"a.jpg": "1886-90"}') from error
    if not isinstance(dates, dict):
        raise UserError('known is not a JSON object; send one such as {"a.jpg": "1886-90"}')
    return parse_known_dates(dates, files=files)


def add_error_handlers(api: FastAPI) -> None:
    """Answer every failure with one sentence as JSON."""

    @api.exception_handler(AnyHttpException)
    async def http_error(_: HttpRequest, error: AnyHttpException) -> JSONResponse:
        return problem(error.status_code, str(error.detail), dict(error.headers or {}))

    @api.exception_handler(RequestValidationError)
    async def invalid(_: HttpRequest, error: RequestValidationError) -> JSONResponse:
        if any("files" in invalid_field["loc"] for invalid_field in error.errors()):
            return problem(422, "no file: send the pictures as multipart/form-data, each in a field named files")
        first = error.errors()[0]
        return problem(422, f"{'.'.join(map(str, first['loc']))}: {first['msg']}")

    async def failed(_: HttpRequest, error: Exception) -> JSONResponse:
        return answer_to(error)

    for kind in (UserError, NotReady, ModelsChanged, BackPressureError, RayError, Exception):
        api.add_exception_handler(kind, failed)


def answer_to(error: Exception) -> JSONResponse:
    """Return the answer to a request that failed with `error`, here or in another process.

    An error of another process says nothing about the load: it is of the kind that it would be here.
    """
    happened_there = isinstance(error, RayTaskError)
    cause = error.cause if isinstance(error, RayTaskError) else error
    if isinstance(cause, UserError):
        return problem(422, str(cause))
    if isinstance(cause, NotReady):
        return problem(503, str(cause), RETRY_AFTER)
    if isinstance(cause, ModelsChanged | BackPressureError) or (isinstance(error, RayError) and not happened_there):
        return problem(503, BUSY, RETRY_AFTER)
    if happened_there:
        log.error("a request failed", exc_info=error)
    return problem(500, "internal error; see the log of the service")
