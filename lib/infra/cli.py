"""Run a job from the command line: typed options in, one clear sentence out when the input is wrong."""

import dataclasses
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar, Union, cast

import tyro
from upath import UPath

from lib.infra.atomic import read_json
from lib.infra.constraints import check_options
from lib.infra.errors import AGAIN, UserError, causes, sentence_of
from lib.infra.log import log_path, logged
from lib.infra.paths import durable_path, parse_path
from lib.infra.quiet import VERBOSE, hush

Options = TypeVar("Options")
Verbose = Annotated[
    tyro.conf.UseCounterAction[int],
    tyro.conf.arg(help="Show also what Ray, MLflow and other libraries say.", help_behavior_hint=""),
]


def run(job: Callable[[Any], int | None], options: type, description: str | None) -> NoReturn:
    """Parse the command line into `options`, call `job` with them and exit.

    What the job prints is also in its log. The exit status is what `job` returns (None counts as 0), 2 after an error
    that has a sentence, which is all that is printed, and 130 after Ctrl-C.
    """
    try:
        parsed: Any
        parsed, is_verbose = parse_all(options, sys.argv[1:], description=description)
        if is_verbose:
            os.environ[VERBOSE] = "1"
        else:
            hush()
        with logged(log_path(parsed)):
            status = job(parsed) or 0
    except BaseException as error:
        if any(isinstance(cause, KeyboardInterrupt) for cause in causes(error)):
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would break off the end of Ray's processes
            print(f"interrupted: {AGAIN}", file=sys.stderr)
            sys.exit(130)
        sentence = sentence_of(error)
        if sentence is None:
            raise
        print(f"error: {sentence}", file=sys.stderr)
        sys.exit(2)
    sys.exit(status)


def parse(options: type[Options], args: Sequence[str] | None = None, *, description: str | None = None) -> Options:
    """Return the options of a command line, by default that of this process, as parse_all() does."""
    return parse_all(options, sys.argv[1:] if args is None else args, description=description)[0]


def parse_all(options: type[Options], args: Sequence[str], *, description: str | None) -> tuple[Options, bool]:
    """Return the options of a command line, with absolute paths, and whether --verbose is among them.

    Where `options` has a field `config`, the JSON file that --config names gives defaults, which the command line
    overrules. Raises UserError for a file that cannot be read, for a path that cannot be used and for a number out of
    its bounds. Ends the process, as tyro does, for an unknown name or a value of the wrong type.
    """
    words = list(args)
    if any(field.name == "config" for field in dataclasses.fields(options)):  # type: ignore[arg-type]
        words = [*words_of_file(words), *words]  # the last value of an option counts
    parsed = parser(with_verbose(options), args=words, description=description)
    names = [field.name for field in dataclasses.fields(options)]  # type: ignore[arg-type]
    chosen = options(**{name: getattr(parsed, name) for name in names})
    check_options(chosen)
    return with_durable_paths(chosen), bool(parsed.verbose)


def with_verbose(options: type) -> Any:
    """Return a dataclass that has the option verbose in addition."""
    return dataclasses.make_dataclass(
        options.__name__,
        [("verbose", Verbose, dataclasses.field(default=0))],
        bases=(options,),
        namespace={"__doc__": options.__doc__, "__module__": options.__module__},
        frozen=options.__dataclass_params__.frozen,  # type: ignore[attr-defined]
    )


def parser(options: Any, **settings: Any) -> Any:
    """Call tyro as all command lines here are read: with values for booleans, and paths that may be URIs."""
    registry = tyro.constructors.ConstructorRegistry()
    registry.primitive_rule(path_rule)
    return tyro.cli(options, config=(tyro.conf.FlagConversionOff,), registry=registry, **settings)


def print_completion(program: str, commands: Mapping[str, type], *, shell: str) -> None:
    """Print the completion, for bash, zsh, fish or tcsh, of a program whose commands have these options; then exit."""
    kinds = [Annotated[with_verbose(options), tyro.conf.subcommand(name)] for name, options in commands.items()]
    parser(Union[tuple(kinds)], args=["--tyro-print-completion", shell], prog=program)  # noqa: UP007


def words_of_file(words: Sequence[str]) -> list[str]:
    """Return the options in the JSON file that `words` name with --config, as words of a command line."""
    joined = [word.partition("=")[2] for word in words if word.startswith("--config=")]
    apart = [value for word, value in zip(words, words[1:], strict=False) if word == "--config"]
    if not (files := joined + apart):
        return []
    try:
        settings = read_json(parse_path(files[-1])).items()
    except (OSError, ValueError, AttributeError) as error:
        raise UserError(f"--config {files[-1]} is not a JSON file of options: {error}") from error
    words_of_options: list[str] = []
    for name, value in settings:
        words_of_options += [f"--{name.replace('_', '-')}", *map(str, value if isinstance(value, list) else [value])]
    return words_of_options


def with_durable_paths(options: Options) -> Options:
    """Return the options with every path made absolute. Raises UserError where one cannot be used."""
    names: list[str] = [field.name for field in dataclasses.fields(options)]  # type: ignore[arg-type]
    values: dict[str, Any] = {name: getattr(options, name) for name in names}
    paths = {
        name: durable_path(cast(Path, value), option=f"--{name.replace('_', '-')}")
        for name, value in values.items()
        if isinstance(value, Path | UPath)  # a UPath stands for a Path (lib/infra/paths.py)
    }
    return dataclasses.replace(options, **paths)  # type: ignore[type-var]


def path_rule(kind: tyro.constructors.PrimitiveTypeInfo) -> tyro.constructors.PrimitiveConstructorSpec | None:
    """Return how tyro reads options of the type Path, which may be URIs; None for other types."""
    if kind.type is not Path:
        return None
    return tyro.constructors.PrimitiveConstructorSpec(
        nargs=1,
        metavar="PATH|URI",
        instance_from_str=lambda words: parse_path(words[0]),
        is_instance=lambda value: isinstance(value, Path | UPath),
        str_from_instance=lambda value: [str(value)],
    )
