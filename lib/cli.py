"""Run a job from the command line: typed options in, one clear sentence out when the input is wrong."""

import sys
from collections.abc import Callable
from typing import Any, NoReturn

import tyro

from lib.errors import UserError


def run(job: Callable[[Any], int | None], config: type, description: str | None) -> NoReturn:
    """Parse the command line into `config`, call `job` with it and exit.

    The exit status is what `job` returns (None counts as 0); 2 after a UserError, whose
    sentence is all that is printed; 130 after Ctrl-C.
    """
    options: Any = tyro.cli(config, description=description, config=(tyro.conf.FlagConversionOff,))
    try:
        status = job(options) or 0
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        status = 2
    except KeyboardInterrupt:
        print("interrupted: start the same command again to do what is missing", file=sys.stderr)
        status = 130
    sys.exit(status)
