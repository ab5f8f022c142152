"""Settings of the service: environment variables OEUVRE_MODELS, OEUVRE_TOKEN and so on, one for each field."""

import os
from collections.abc import Mapping

from pydantic import Field, PositiveInt, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from lib.data.decoding import MAX_BYTES
from lib.infra.errors import UserError, did_you_mean
from lib.infra.paths import is_local, parse_path

PREFIX = "OEUVRE_"
MEBIBYTE = 2**20
CHAMPION = "champion"
MOST_FILES = 1000  # that the parser of forms takes
MOST_FILE_MIB = MAX_BYTES // MEBIBYTE  # of one picture


class Settings(BaseSettings):
    """Where the models are, and how much one request may ask for."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", coerce_numbers_to_str=True)

    models: str = Field(
        default="models", description="Folder or URI of the models, or `champion` for the MLflow registry's."
    )
    token: str = Field(default="", description="Requests to /v1 must carry it; empty for none.")
    hosts: str = Field(
        default="", description="Names under which it is reached, with commas between; addresses always are."
    )
    files: PositiveInt = Field(default=200, le=MOST_FILES, description="Files in one request.")
    file_mib: PositiveInt = Field(default=64, le=MOST_FILE_MIB, description="Size of one file, in MiB.")
    request_mib: PositiveInt = Field(default=512, description="Size of one request, in MiB.")
    uploads_mib: PositiveInt = Field(
        default=2048, description="Size of all requests in flight at one replica of the ingress, in MiB."
    )
    idle_seconds: float = Field(
        default=20.0, gt=0, allow_inf_nan=False, description="For which an upload may stand still."
    )
    megapixels: PositiveInt = Field(default=178, description="Size of one picture.")
    picture_seconds: float = Field(
        default=20.0, gt=0, allow_inf_nan=False, description="Processor time to decode one picture."
    )
    decoders: PositiveInt = Field(
        default=4, description="Pictures that an embedder decodes at once, each in a process of its own."
    )
    queue: PositiveInt = Field(default=64, description="Sets that one replica of the ingress works on at once.")
    refresh_seconds: float = Field(
        default=15.0, gt=0, allow_inf_nan=False, description="Between looks for newer models."
    )

    @property
    def host_names(self) -> list[str]:
        """The names under which the service is reached, apart from localhost."""
        return [name.strip().lower() for name in self.hosts.split(",") if name.strip()]

    @field_validator("models")
    @classmethod
    def absolute(cls, models: str) -> str:
        """Return the folder as an absolute path: replicas run in other working directories."""
        is_folder = models != CHAMPION and is_local(parse_path(models))
        return str(parse_path(models).absolute()) if is_folder else models


def read_settings(arguments: Mapping[str, str]) -> Settings:
    """Return the settings in the environment, overruled by variables of the same names in `arguments`.

    Raises UserError for a variable that sets nothing, a value that is out of bounds, and limits that contradict each
    other.
    """
    named = {name: value for name, value in {**os.environ, **arguments}.items() if name.startswith(PREFIX)}
    variables = [variable(field) for field in Settings.model_fields]
    for name in named:
        if name.upper() not in variables:
            raise UserError(f"{name} sets nothing; {did_you_mean(name, variables)}")
    values = {name.removeprefix(PREFIX).lower(): value for name, value in arguments.items() if name.startswith(PREFIX)}
    try:
        settings = Settings(**values)  # type: ignore[arg-type]  # pydantic parses the texts
    except ValidationError as error:
        first = error.errors()[0]
        most = f" of at most {first['ctx']['le']}" if first["type"] == "less_than_equal" else ""
        name = variable(str(first["loc"][0]))
        raise UserError(f"{name} is {first['input']!r}; set it to a positive number{most}") from error
    require_room(settings)
    return settings


def variable(field: str) -> str:
    """Return the environment variable of a setting."""
    return f"{PREFIX}{field}".upper()


def require_room(settings: Settings) -> None:
    """Raise UserError where a size that the user set is larger than what must hold it."""
    for small, large in (("file_mib", "request_mib"), ("request_mib", "uploads_mib")):
        both_set = {small, large} <= settings.model_fields_set
        if both_set and getattr(settings, small) > getattr(settings, large):
            raise UserError(
                f"{variable(small)} is {getattr(settings, small)}, which {variable(large)}, "
                f"{getattr(settings, large)}, does not let through; raise the second or lower the first"
            )
