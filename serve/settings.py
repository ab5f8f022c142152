"""What a running service can be told, by environment variables of the same names in capitals after OEUVRE_."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from lib.infra.errors import UserError
from lib.infra.paths import is_local, parse_path

PREFIX = "OEUVRE_"
MEBIBYTE = 2**20
CHAMPION = "champion"


@dataclass(frozen=True)
class Settings:
    """Where the models are, and how much a request may ask for.

    models: a folder or URI written by jobs/train_per_artist.py, or the word champion for that of the MLflow registry.
    token: that requests to /v1 must carry; none is asked for where it is empty.
    files: in a request. file_mib, request_mib: size in MiB. megapixels: of one picture.
    queue: sets that one replica of the ingress works on at once; more are answered with 503.
    refresh_seconds: between looks for newer models.
    """

    models: str = "models"
    token: str = ""
    files: int = 200
    file_mib: int = 64
    request_mib: int = 512
    megapixels: int = 178
    queue: int = 64
    refresh_seconds: float = 15.0


def read_settings(variables: Mapping[str, str]) -> Settings:
    """Return the settings in environment variables. Raises UserError for a value that is not a positive number."""
    values: dict[str, str | int | float] = {}
    for field in fields(Settings):
        text = variables.get(PREFIX + field.name.upper())
        if text is not None:
            values[field.name] = text if field.type is str else number(text, kind=field.type, name=field.name)
    settings = Settings(**values)  # type: ignore[arg-type]
    # replicas run in folders of their own, where a relative path would mean something else
    is_folder = settings.models != CHAMPION and is_local(parse_path(settings.models))
    return replace(settings, models=str(parse_path(settings.models).absolute())) if is_folder else settings


def number(text: str, *, kind: object, name: str) -> int | float:
    """Return `text` as a number of the kind int or float. Raises UserError where it is none, or not positive."""
    try:
        value = int(text) if kind is int else float(text)
    except ValueError:
        value = 0
    if not value > 0:
        raise UserError(f"{PREFIX}{name.upper()} is {text!r}; give a positive number")
    return value
