"""Run a job from the command line: typed options in, one clear sentence out when the input is wrong."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import tyro
from upath import UPath

from lib.infra.atomic import read_json
from lib.infra.errors import AGAIN, UserError, sentence_of
from lib.infra.paths import parse_path


def run(job: Callable[[Any], int | None], config: type, description: str | None) -> NoReturn:
    """Parse the command line into `config`, call `job` with it and exit.

    The exit status is what `job` returns (None counts as 0); 2 after an error that has a
    sentence, which is all that is printed; 130 after Ctrl-C.
    """
    try:
        options = parse(config, description=description)
        status = job(options) or 0
    except KeyboardInterrupt:
        print(f"interrupted: {AGAIN}", file=sys.stderr)
        status = 130
    except Exception as error:
        told = sentence_of(error)
        if told is None:
            raise
        print(f"error: {told}", file=sys.stderr)
        status = 2
    sys.exit(status)


def with_file(options: Any, path: Path | None) -> Any:
    """Return the options of a job with those in a JSON file, by name, in place of the command line's.

    Raises UserError for a file that cannot be read, and ends the process, as the command line does, for a name or a
    value that the job does not have.
    """
    if path is None:
        return options
    try:
        told = read_json(path).items()
    except (OSError, ValueError, AttributeError) as error:
        raise UserError(f"--config {path} is not a JSON file of options: {error}") from error
    words = [[f"--{name}", *map(str, value if isinstance(value, list) else [value])] for name, value in told]
    return parse(type(options), args=sum(words, []), default=options)


def parse(config: type, **options: Any) -> Any:
    """Parse a command line with tyro; where an option is a path, a URI is taken too."""
    registry = tyro.constructors.ConstructorRegistry()
    registry.primitive_rule(path_rule)
    return tyro.cli(config, config=(tyro.conf.FlagConversionOff,), registry=registry, **options)


def path_rule(kind: tyro.constructors.PrimitiveTypeInfo) -> tyro.constructors.PrimitiveConstructorSpec | None:
    """Return how tyro reads options of the type Path; None for other types."""
    if kind.type is not Path:
        return None
    return tyro.constructors.PrimitiveConstructorSpec(
        nargs=1,
        metavar="PATH|URI",
        instance_from_str=lambda words: parse_path(words[0]),
        is_instance=lambda value: isinstance(value, Path | UPath),
        str_from_instance=lambda value: [str(value)],
    )
