"""oeuvre COMMAND [OPTIONS]: one command for the jobs and the service, beside `python jobs/NAME.py`."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, get_type_hints


@dataclass(frozen=True)
class Command:
    """A module with a function `main` of its options, and what it does. first: the option that a first word is of."""

    module: str
    does: str
    first: str | None = None


COMMANDS = {
    "build": Command("jobs.build", "catalogue to models and report in one run: ingest, embed, train, evaluate"),
    "sort": Command("jobs.sort_paintings", "name the artist of a folder of paintings, date and order them", "--images"),
    "verify": Command("jobs.verify", "is a folder of paintings by this artist, or by the hand of others?", "--images"),
    "serve": Command("serve.run", "serve a web page and an HTTP interface on this machine"),
    "fetch-images": Command("jobs.fetch_images", "fetch the pictures that a table of works has the addresses of"),
    "ingest": Command("jobs.ingest", "turn a catalogue and its image files into a dataset"),
    "embed": Command("jobs.embed", "describe the paintings of a dataset by frozen networks"),
    "train-per-artist": Command("jobs.train_per_artist", "train what names, verifies and dates paintings"),
    "evaluate": Command("jobs.evaluate", "measure the models on the test split, and write a report"),
    "promote": Command("jobs.promote", "register models in MLflow, for services to load"),
    "train-artist": Command("jobs.train_artist", "train a network that names artists better"),
    "train-date-embedding": Command("jobs.train_date_embedding", "train an embedding of dates"),
    "train-pairs": Command("jobs.train_pairs", "train the source study's networks of pairs"),
    "tune-comparator": Command("jobs.tune_comparator", "search the settings that all comparators share"),
    "tune-artist": Command("jobs.tune_artist", "search the settings of the artist network"),
    "tune-date-embedding": Command("jobs.tune_date_embedding", "search the settings of the date embedding"),
    "generate": Command("jobs.generate", "paint a small catalogue of invented artists to try everything on"),
}

HELP = f"""usage: oeuvre COMMAND [OPTIONS]

{chr(10).join(f"  {name:22}{command.does}" for name, command in COMMANDS.items())}

`oeuvre COMMAND --help` explains the options. `oeuvre sort FOLDER` is short for `oeuvre sort --images FOLDER`.
Completion for bash, zsh, fish or tcsh: `oeuvre --completion bash > FILE`, and let the shell read FILE.
"""


def main() -> None:
    """Run the command that the command line names, and exit with its status."""
    words = sys.argv[1:]
    try:
        if not words or words[0] in ("-h", "--help"):
            print(HELP, end="")
        elif words[0] == "--completion":
            print_completion(*words[1:2])
        else:
            run_command(words[0], words[1:])
    except KeyboardInterrupt:  # while a job is loaded; from then on the job says more
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def run_command(name: str, words: list[str]) -> None:
    """Run a command with these words, as its module does when it is run as a program."""
    from lib.infra import cli
    from lib.infra.errors import did_you_mean

    command = COMMANDS.get(name)
    if command is None:
        print(f"error: there is no command {name}; {did_you_mean(name, COMMANDS)}", file=sys.stderr)
        sys.exit(2)
    if command.first and words and not words[0].startswith("-"):
        words = [command.first, *words]
    sys.argv = [f"oeuvre {name}", *words]
    job, description = job_of(command)
    cli.run(job, options_of(job), description)


def job_of(command: Command) -> tuple[Callable[[Any], int | None], str | None]:
    """Return the main function of a command's module, and the module's docstring."""
    module = import_module(command.module)
    return module.main, module.__doc__


def options_of(job: Callable[[Any], int | None]) -> type:
    """Return the dataclass of the options that a job takes."""
    return next(iter(get_type_hints(job).values()))


def print_completion(shell: str = "bash") -> None:
    """Print a shell's completion of all commands and their options."""
    from lib.infra import cli

    options = {name: options_of(job_of(command)[0]) for name, command in COMMANDS.items()}
    cli.print_completion("oeuvre", options, shell=shell)


if __name__ == "__main__":
    main()
