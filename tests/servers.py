"""Servers that tests start as processes of their own."""

import socket
import subprocess
import time

import pytest


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_open(port: int, *, of: subprocess.Popen, seconds: int = 120) -> None:
    """Poll until something listens on `port`; fail if the process ends first or the deadline passes."""
    deadline = time.monotonic() + seconds
    while of.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    pytest.fail(f"nothing listens on port {port}")
