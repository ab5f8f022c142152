"""python -m serve.run    (make serve)

Serve on this machine alone, with a Ray of its own that listens on loopback addresses only. A port on which something
listens already is refused. Prints the address when every part of the service has models, and runs until Ctrl-C.
"""

import io
import json
import logging
import signal
import socket
import sys
import tempfile
import time
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.error import HTTPError
from urllib.request import urlopen

import yaml
from pydantic import Field

from lib.infra import cli
from lib.infra.errors import UserError
from lib.infra.quiet import is_verbose

POLL_SECONDS = 1.0
LOGS = "/tmp/ray/session_latest/logs/serve"
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


@dataclass(frozen=True)
class Run:
    """Options of serve/run.py. All else is set by OEUVRE_… variables, or in the config file."""

    config: Path = Path(__file__).with_name("config.yaml")
    """Config file of Ray Serve: replicas, batches, host."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    """Port to listen on."""


def main(options: Run) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    config = yaml.safe_load(options.config.read_text())
    host = config["http_options"]["host"]
    config["http_options"]["port"] = options.port
    with closing(hold_port(host, options.port)):
        from ray import serve

        from lib.infra.cluster import start_here

        start_here()
        # Ray's handler of SIGTERM aborts the process, and what a shell starts in the background ignores SIGINT.
        for stop in (signal.SIGINT, signal.SIGTERM):
            signal.signal(stop, signal.default_int_handler)
        try:
            deploy(config)
            wait_until_ready(f"http://{EVERYWHERE.get(host, host)}:{options.port}")
            signal.pause()
        except KeyboardInterrupt:
            print("stopping", flush=True)
        finally:
            with hushed():
                serve.shutdown()


def hushed() -> redirect_stdout[Any]:
    """Hide what Ray Serve prints of its own steps in the block, unless --verbose asks for it."""
    if is_verbose():
        return redirect_stdout(sys.stdout)
    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    return redirect_stdout(io.StringIO())


def hold_port(host: str, port: int) -> socket.socket:
    """Return a socket that keeps the port from a second service. Raises UserError where something listens on it.

    Ray Serve shares its ports, so that two services would answer in turn; this socket shares it with Ray Serve alone.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except (OSError, OverflowError) as error:
        raise UserError(
            f"the service cannot listen on port {port} of {host} ({error}); stop what does, or choose another --port"
        ) from error
    held = socket.socket(family)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind((host, port))
    return held


def deploy(config: dict[str, Any]) -> None:
    """Start what the config asks for on the Ray of this process, and wait until it runs. Raises UserError if not."""
    from ray import serve
    from ray.serve.schema import ApplicationStatus
    from ray.serve.scripts import cli as serve_command

    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(json.dumps(config))  # which is YAML too
        file.flush()
        with hushed():
            serve_command.main(["run", "--non-blocking", file.name], standalone_mode=False)
    while True:
        applications = serve.status().applications.values()
        if applications and all(one.status == ApplicationStatus.RUNNING for one in applications):
            return
        for one in applications:
            if one.status in (ApplicationStatus.DEPLOY_FAILED, ApplicationStatus.UNHEALTHY):
                raise UserError(f"the service does not start: {one.message}")
        time.sleep(POLL_SECONDS)


def wait_until_ready(address: str) -> None:
    """Return when the service at `address` has models, and say so."""
    told = ""
    while problem := problem_of(address):
        if problem != told:
            where = "" if is_verbose() else f" ({LOGS}; --verbose shows it here)"
            print(f"not ready: {problem}{where}", flush=True)
            told = problem
        time.sleep(POLL_SECONDS)
    print(f"ready: {address}", flush=True)


def problem_of(address: str) -> str:
    """Return what the service says is missing; empty where it is ready."""
    try:
        with urlopen(f"{address}/readyz"):
            return ""
    except HTTPError as error:
        return str(json.load(error)["error"])


if __name__ == "__main__":
    cli.run(main, Run, __doc__)
