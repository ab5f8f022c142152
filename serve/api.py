"""The HTTP side: the routes, the checks of their input, and the page."""

import pathlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, File, Form, Header, HTTPException, Path, Query, Security
from fastapi.responses import FileResponse, Response
from fastapi.security import HTTPBearer
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool

from lib.attribution.attribute import require_known_artist
from lib.infra.errors import UserError
from serve import schemas
from serve.errors import add_error_handlers
from serve.limits import Gate, Slots
from serve.linked_data import Format, as_linked_data, site_of
from serve.pictures import Previews, previews_answer
from serve.pipeline import Request, Steps, attribute_set, sort_set
from serve.reference_works import ReferenceList, Thumbnails
from serve.settings import Settings
from serve.table import as_csv
from serve.uploads import MAX_NAME, Upload, read_files, read_known_dates, require_few
from serve.verification import Verify, VerifyAnswer, VerifyRequest, verify_set

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
MAX_KNOWN = 100_000  # characters
MAX_ADDRESS = 2_000  # characters
MAX_THUMBNAILS = 20  # in one answer
CACHED = {"Cache-Control": "private, max-age=3600"}  # reference works of one id hardly ever change
PUBLISHED_AT = "Address of the folder on the web in which the pictures are published; linked data needs it."
OTHER_FORMATS: dict[str, dict[str, Any]] = {"text/csv": {}, "application/ld+json": {}}
Files = Annotated[list[Upload], File(description="The pictures.")]


@dataclass(frozen=True)
class Backend:
    """What the routes call, wherever it runs: each function may be a method of a deployment.

    previews: each file as a small JPEG, or the reason why it is no picture. model_card, references: of an artist.
    thumbnails: of reference works, by id. ready: returns the models in use; raises NotReady where there are none.
    """

    steps: Steps
    verify: Verify
    previews: Callable[[list[bytes]], Awaitable[list[bytes | str]]]
    artists: Callable[[], Awaitable[schemas.ArtistList]]
    model_card: Callable[[str], Awaitable[schemas.ModelCard]]
    references: Callable[[str], Awaitable[ReferenceList]]
    thumbnails: Callable[[list[str]], Awaitable[Thumbnails]]
    ready: Callable[[], Awaitable[schemas.ModelsUsed]]


def make_api(settings: Settings, backend: Backend) -> FastAPI:
    """Return the HTTP side of `backend`."""
    slots = Slots(settings.queue)
    # FastAPIOffline, because /docs must load nothing from other hosts either
    api = FastAPIOffline(title="oeuvre", version="1", description=DESCRIPTION, redoc_url=None)
    api.add_middleware(Gate, settings=settings, slots=slots)
    api.include_router(set_routes(settings, backend, slots))
    api.include_router(artist_routes(backend))
    api.include_router(reference_routes(backend))
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

    @router.post("/sort", response_model=schemas.SortAnswer, responses={200: {"content": OTHER_FORMATS}})
    async def sort(
        files: Files,
        artist: Annotated[str | None, Form(description="Sort as works of this artist.", max_length=MAX_NAME)] = None,
        known: Annotated[str | None, Form(description=KNOWN, max_length=MAX_KNOWN)] = None,
        mixed: Annotated[bool, Form(description="Attribute each work; sort the works of each artist apart.")] = False,
        format: Annotated[Format | None, Form(description="Linked data instead of JSON: iiif or linked-art.")] = None,
        published_at: Annotated[str | None, Form(description=PUBLISHED_AT, max_length=MAX_ADDRESS)] = None,
        accept: Annotated[str, Header()] = "",
    ) -> Any:
        """Name the artist of the pictures and sort them into the order they were painted."""
        site = site_of(published_at, format=format)
        with slots.taken():
            sent = await read_files(files, settings=settings)
            dates = read_known_dates(known, sent=sent)
            request = Request(sent.files, artist=artist or None, known=dates, mixed=mixed)
            answer = await sort_set(steps, request)
        answer.rejected.extend(sent.rejected)
        if format and site:
            return await run_in_threadpool(as_linked_data, answer, sent.files, format=format, site=site)
        if "text/csv" in accept:
            return Response(as_csv(answer), media_type="text/csv; charset=utf-8")
        return as_json(answer)

    @router.post("/attribute", response_model=schemas.AttributeAnswer)
    async def attribute(files: Files) -> Any:
        """Name the artist of the pictures, together and each alone."""
        with slots.taken():
            sent = await read_files(files, settings=settings)
            answer = await attribute_set(steps, Request(sent.files))
        answer.rejected.extend(sent.rejected)
        return as_json(answer)

    @router.post("/verify", response_model=VerifyAnswer)
    async def verify(
        files: Files,
        artist: Annotated[str | None, Form(description="Are the pictures by this artist?", max_length=MAX_NAME)] = None,
        against: Annotated[list[Upload] | None, File(description="Are they by the artist of these?")] = None,
        prior: Annotated[float, Form(gt=0, lt=1, description="Probability of yes before they were seen.")] = 0.5,
    ) -> Any:
        """Say whether the pictures are by an artist, or by the hand that made others."""
        with slots.taken():
            require_few(len(files) + len(against or []), settings=settings)
            sent = await read_files(files, settings=settings)
            others = await read_files(against or [], settings=settings)
            request = VerifyRequest(sent.files, artist=artist or None, against=others.files, prior=prior)
            answer = await verify_set(steps, backend.verify, request)
        answer.rejected.extend([*sent.rejected, *others.rejected])
        return as_json(answer)

    @router.post("/previews", response_model=Previews)
    async def previews(files: Files) -> Any:
        """Show pictures small, for browsers that cannot show their format."""
        with slots.taken():
            sent = await read_files(files, settings=settings)
            answer = previews_answer(list(sent.files), await backend.previews(list(sent.files.values())))
        answer.rejected.extend(sent.rejected)
        return as_json(answer)

    @router.get("/limits", response_model=schemas.Limits)
    async def limits() -> Any:
        """Say how much one request may send."""
        return schemas.Limits(files=settings.files, file_mib=settings.file_mib, request_mib=settings.request_mib)

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


def reference_routes(backend: Backend) -> APIRouter:
    """Return the routes about the works that the models learned from."""
    router = v1()

    @router.get("/references", response_model=ReferenceList)
    async def references(artist: Annotated[str, Query(max_length=MAX_NAME)]) -> Any:
        """List the works of an artist that the models learned from."""
        answer = await backend.references(artist)
        if not answer.works:
            raise HTTPException(404, f"the models know no works by {artist}; GET /v1/artists lists the artists")
        return as_json(answer, CACHED)

    @router.get("/references/thumbnails", response_model=Thumbnails)
    async def thumbnails(work: Annotated[list[str], Query(description="Ids.", max_length=MAX_THUMBNAILS)]) -> Any:
        """Show works that the models learned from."""
        return as_json(await backend.thumbnails(work), CACHED)

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


def as_json(answer: Any, headers: dict[str, str] | None = None) -> Response:
    """Return the answer, which was validated when it was built, as JSON; numbers that are not finite become null."""
    return Response(answer.model_dump_json(), media_type="application/json", headers=headers)
