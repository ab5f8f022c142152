"""Constraints on hyper-parameters: pydantic's, in one sentence for the command line, for files and for sweeps."""

from typing import Any

from pydantic import ModelWrapValidatorHandler, ValidationError

from lib.infra.errors import UserError


def refuse_invalid(cls: type, values: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
    """Wrap validator of a pydantic dataclass of options: raises UserError for a value that breaks a constraint."""
    try:
        return handler(values)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:  # a constraint between several options, whose message names them
            raise UserError(requirement(error)) from error
        name = str(first["loc"][0]).replace("_", "-")
        raise UserError(f"--{name} is {first['input']}; {requirement(error)}") from error


def requirement(error: ValidationError) -> str:
    """Return what the first broken constraint requires, such as `it should be greater than 0`."""
    message = error.errors()[0]["msg"]
    return message.removeprefix("Value error, ").replace("Input should", "it should", 1)
