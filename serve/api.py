"""The HTTP side: what may be sent, what is refused with which sentence, and the page."""

import json
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, File, Form, Header, HTTPException, Security, UploadFile
from fastapi import Request as HttpRequest
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.security import HTTPBearer
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from ray.exceptions import RayError
from ray.serve.exceptions import BackPressureError
from starlette.exceptions import HTTPException as AnyHttpException

from lib.data.dates import LATEST_YEAR
from lib.dating.sets import Known, known_artist
from lib.infra.errors import UserError
from serve import answers
from serve.latest import ModelsChanged, NotReady
from serve.limits import RETRY_AFTER, Gate, Slots, problem
from serve.sets import Request, Steps, attribute_set, sort_set
from serve.settings import MEBIBYTE, Settings
from serve.tables import as_csv

ABOUT = "Names the artist of a set of paintings, dates them, and lays them out in the order they were made."
PAGE = Path(__file__).parent / "page"
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": answers.Problem} for status in (400, 401, 404, 413, 422, 503)
}
SAFE = {  # the page asks nobody else for anything
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
Files = Annotated[list[UploadFile], File(description="The pictures.")]


def make_api(settings: Settings, steps: Steps) -> FastAPI:
    """Return the HTTP side of `steps`."""
    slots = Slots(settings.queue)
    api = FastAPIOffline(title="oeuvre", version="1", description=ABOUT, redoc_url=None)  # /docs asks no other host
    api.add_middleware(Gate, settings=settings, slots=slots)
    api.include_router(sets(settings, steps, slots))
    api.include_router(models(steps))
    api.mount("/page", StaticFiles(directory=PAGE), name="page")

    @api.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(PAGE / "index.html", headers=SAFE)

    add_problems(api)
    return api


def sets(settings: Settings, steps: Steps, slots: Slots) -> APIRouter:
    """Return what takes pictures."""
    router = v1()

    @router.post("/sort", response_model=answers.SortAnswer, responses={200: {"content": {"text/csv": {}}}})
    async def sort(
        files: Files,
        artist: Annotated[str | None, Form(description="Sort as works of this artist.")] = None,
        known: Annotated[str | None, Form(description='Known years, as JSON: {"file": year}.')] = None,
        mixed: Annotated[bool, Form(description="Attribute each work and sort each artist's works.")] = False,
        accept: Annotated[str, Header()] = "",
    ) -> Any:
        """Name the artist of the pictures and lay them out in the order they were made."""
        with slots.taken():
            pictures = await read_files(files, settings=settings)
            request = Request(pictures, artist=artist or None, known=read_known(known, files=pictures), mixed=mixed)
            answer = await sort_set(steps, request)
        if "text/csv" in accept:
            return Response(as_csv(answer), media_type="text/csv; charset=utf-8")
        return answer_of(answer)

    @router.post("/attribute", response_model=answers.AttributeAnswer)
    async def attribute(files: Files) -> Any:
        """Name the artist of the pictures, together and one by one."""
        with slots.taken():
            pictures = await read_files(files, settings=settings)
            return answer_of(await attribute_set(steps, Request(pictures)))

    return router


def models(steps: Steps) -> APIRouter:
    """Return what tells about the models and the service."""
    router = APIRouter()

    @router.get("/healthz", response_model=answers.Health)
    async def healthz() -> Any:
        """Tell that the service runs."""
        return answers.Health(status="ok")

    @router.get("/readyz", response_model=answers.Health, responses={503: {"model": answers.Problem}})
    async def readyz() -> Any:
        """Tell that every part of the service has models to answer with."""
        return answers.Health(status="ok", models=await steps.ready())

    under_v1 = v1()

    @under_v1.get("/artists", response_model=answers.ArtistList)
    async def artists() -> Any:
        """List the artists the models know, and how well each is dated."""
        return answer_of(await steps.artists())

    @under_v1.get("/artists/{name:path}", response_model=answers.ModelCard)
    async def artist(name: str) -> Any:
        """Show the model card of one artist."""
        listed = await steps.artists()
        try:
            known_artist(name, [line.name for line in listed.artists])
        except UserError as error:
            raise HTTPException(404, str(error)) from error
        return answer_of(await steps.card(name))

    router.include_router(under_v1)
    return router


def v1() -> APIRouter:
    """Return a router whose paths ask for the token where the service has one; Gate looks at it."""
    return APIRouter(prefix="/v1", responses=PROBLEMS, dependencies=[Security(HTTPBearer(auto_error=False))])


def answer_of(answer: Any) -> Response:
    """Return the answer, already checked when it was built, as JSON; figures that are not finite become null."""
    return Response(answer.model_dump_json(), media_type="application/json")


async def read_files(uploads: list[UploadFile], *, settings: Settings) -> dict[str, bytes]:
    """Return the bytes of the files by name. Raises HTTPException where there are too many or too large ones."""
    if len(uploads) > settings.files:
        raise HTTPException(413, f"{len(uploads)} files are too many; send at most {settings.files} in one request")
    files: dict[str, bytes] = {}
    for upload in uploads:
        name = upload.filename or ""
        if name in files:
            raise HTTPException(422, f"two files are named {name!r}; give each a name of its own")
        if (upload.size or 0) > settings.file_mib * MEBIBYTE:
            raise HTTPException(413, f"{name} is larger than {settings.file_mib} MiB; send a smaller copy")
        files[name] = await upload.read()
    return files


def read_known(text: str | None, *, files: dict[str, bytes]) -> Known:
    """Return the known years. Raises UserError for what is no JSON object from sent files to years."""
    try:
        known = json.loads(text) if text else {}
    except (ValueError, RecursionError) as error:
        raise UserError('known is not JSON; send an object such as {"a.jpg": 1888}') from error
    if not isinstance(known, dict):
        raise UserError('known is not a JSON object; send one such as {"a.jpg": 1888}')
    for file, year in known.items():
        if file not in files:
            raise UserError(f"known names {file!r}, which is not among the files")
        if type(year) is not int or not 1 <= year <= LATEST_YEAR:
            raise UserError(f"known gives {file!r} no whole year from 1 to {LATEST_YEAR}")
    return known


def add_problems(api: FastAPI) -> None:
    """Answer every failure with one sentence as JSON."""

    @api.exception_handler(AnyHttpException)
    async def refused(_: HttpRequest, error: AnyHttpException) -> JSONResponse:
        return problem(error.status_code, str(error.detail), dict(error.headers or {}))

    @api.exception_handler(RequestValidationError)
    async def invalid(_: HttpRequest, error: RequestValidationError) -> JSONResponse:
        if any("files" in one["loc"] for one in error.errors()):
            return problem(422, "no file: send the pictures as multipart/form-data, each in a field named files")
        first = error.errors()[0]
        return problem(422, f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")

    @api.exception_handler(UserError)
    async def mendable(_: HttpRequest, error: UserError) -> JSONResponse:
        return problem(422, str(error))

    async def later(_: HttpRequest, error: Exception) -> JSONResponse:
        own = isinstance(error, NotReady)
        return problem(503, reason(error) if own else "the service is busy; try again in a few seconds", RETRY_AFTER)

    for kind in (NotReady, ModelsChanged, BackPressureError, RayError):
        api.add_exception_handler(kind, later)

    @api.exception_handler(Exception)
    async def unexpected(_: HttpRequest, error: Exception) -> JSONResponse:
        return problem(500, "something went wrong inside the service; its log says what")


def reason(error: Exception) -> str:
    """Return the sentence of an error, which Ray wraps in a traceback when it crosses processes."""
    return str(getattr(error, "cause", error))
