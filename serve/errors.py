"""The answer to every request that fails: one sentence as JSON."""

import logging

from fastapi import FastAPI
from fastapi import Request as HttpRequest
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from ray.exceptions import RayError, RayTaskError
from ray.serve.exceptions import BackPressureError
from starlette.exceptions import HTTPException as AnyHttpException

from lib.infra.errors import UserError
from serve.latest import ModelsChanged, NotReady
from serve.limits import BUSY, RETRY_AFTER, problem

NO_FILE = (
    "no file: send the pictures as multipart/form-data, each in a field named files that has a filename; filename*, "
    "which forms may not have, is not read"
)
log = logging.getLogger("ray.serve")


def add_error_handlers(api: FastAPI) -> None:
    """Answer every failure with one sentence as JSON."""

    @api.exception_handler(AnyHttpException)
    async def http_error(_: HttpRequest, error: AnyHttpException) -> JSONResponse:
        return problem(error.status_code, str(error.detail), dict(error.headers or {}))

    @api.exception_handler(RequestValidationError)
    async def invalid(_: HttpRequest, error: RequestValidationError) -> JSONResponse:
        if any("files" in invalid_field["loc"] for invalid_field in error.errors()):
            return problem(422, NO_FILE)
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
