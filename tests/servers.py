"""Servers that tests start as processes of their own."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.waiting import wait_for


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_open(port: int) -> bool:
    """Tell whether something listens on `port` of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class TrackingServer:
    """An MLflow server as `make mlflow` starts it: SQLite behind HTTP, artifacts on disk."""

    def __init__(self, folder: Path) -> None:
        """Start it over the files in `folder`."""
        self.folder, self.port = folder, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start it, again over the same files."""
        command = [
            sys.executable,
            "-m",
            "mlflow",
            "server",
            "--backend-store-uri",
            f"sqlite:///{self.folder}/mlflow.db",
        ]
        command += [
            "--artifacts-destination",
            str(self.folder / "mlartifacts"),
            "--workers",
            "1",
            "--host",
            "127.0.0.1",
        ]
        with (self.folder / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            )
        try:
            wait_for(lambda: is_open(self.port), during=self.process, log=self.folder / "server.log")
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """End it and its workers at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def log(self) -> str:
        """Return what it wrote."""
        return (self.folder / "server.log").read_text()
