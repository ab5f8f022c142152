"""`make serve`: one service on a port, on this machine alone."""

import ipaddress
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil

from tests.nodes import REPOSITORY, clean_environment
from tests.servers import free_port
from tests.waiting import wait_for


def start(port: int, log: Path, models: Path) -> subprocess.Popen:
    command = [sys.executable, "-m", "serve.run", "--port", str(port)]
    environment = {**clean_environment(), "OEUVRE_MODELS": str(models)}
    with log.open("w") as file:
        return subprocess.Popen(command, env=environment, cwd=REPOSITORY, stdout=file, stderr=subprocess.STDOUT)


def listening(process: subprocess.Popen) -> dict[str, list[str]]:
    """Return the addresses on which the process and its children listen, by what each calls itself."""
    found: dict[str, list[str]] = {}
    for one in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
        for socket in one.net_connections("inet"):
            if socket.status == psutil.CONN_LISTEN:
                found.setdefault(one.cmdline()[0], []).append(socket.laddr.ip)
    return found


def is_loopback(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback


def test_one_service_on_a_port_of_this_machine(models: Path, tmp_path: Path) -> None:
    port, log, second_log = free_port(), tmp_path / "log", tmp_path / "second"
    service = start(port, log, models)
    try:
        wait_for(lambda: f"ready: http://127.0.0.1:{port}" in log.read_text(), during=service, log=log)
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
        second = start(port, second_log, models)
        assert second.wait(timeout=120) == 2
        assert f"cannot listen on port {port}" in second_log.read_text()
        addresses = listening(service)
        assert "ray::ProxyActor" in addresses
        open_to_others = {name for name, found in addresses.items() for address in found if not is_loopback(address)}
        # the port on which replicas call each other, for which Ray has no other address (docs/operating.md)
        assert all(name.startswith("ray::ServeReplica") for name in open_to_others)
        service.send_signal(signal.SIGINT)
        assert service.wait(timeout=120) == 0, log.read_text()
    finally:
        service.kill()
