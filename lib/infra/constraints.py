"""Constraints on options: pydantic's, in one sentence for the command line, for files and for sweeps."""

import dataclasses
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import Field, ModelWrapValidatorHandler, TypeAdapter, ValidationError

from lib.infra.errors import UserError

PositiveNumber = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegativeNumber = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def check_options(options: Any) -> None:
    """Raise UserError for an option whose value breaks a constraint in its annotation, such as PositiveInt.

    options: a dataclass, whose fields may be dataclasses of options.
    """
    annotations = get_type_hints(type(options), include_extras=True)
    for field in dataclasses.fields(options):
        value, annotation = getattr(options, field.name), annotations[field.name]
        if dataclasses.is_dataclass(value):
            check_options(value)
        elif is_constrained(annotation):
            try:
                TypeAdapter(annotation).validate_python(value)
            except ValidationError as error:
                name = field.name.replace("_", "-")
                raise UserError(f"--{name} is {value}; {requirement(error)}") from error


def is_constrained(annotation: Any) -> bool:
    """Return whether a constraint is part of an annotation."""
    return get_origin(annotation) is Annotated or any(map(is_constrained, get_args(annotation)))


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
