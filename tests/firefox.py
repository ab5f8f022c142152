"""A Firefox of this machine that shows a page, driven through WebDriver BiDi, which needs no other program."""

import itertools
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.servers import free_port

FIREFOX = shutil.which("firefox") or shutil.which("firefox-esr")
SECONDS = 120  # for one answer


class Tab:
    """The page in a tab. wrong: what scripts or the browser complained of."""

    def __init__(self, connection: ClientConnection) -> None:
        """Begin a session."""
        self.connection, self.ids, self.wrong = connection, itertools.count(), list[str]()
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=["log.entryAdded"])
        self.context = self.call("browsingContext.getTree")["contexts"][0]["context"]

    def call(self, method: str, **parameters: Any) -> Any:
        """Return the result of a command."""
        number = next(self.ids)
        self.connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.connection.recv(timeout=SECONDS))
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.wrong.append(answer["params"]["text"])
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def goto(self, address: str) -> None:
        """Load a page."""
        self.call("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def value(self, expression: str) -> Any:
        """Return the text, the number or the truth of an expression, which may be a promise of it."""
        target = {"context": self.context}
        answer = self.call("script.evaluate", expression=expression, target=target, awaitPromise=True)
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Return when an expression is true; its page looks again at every frame."""
        looks = f"(function look() {{ ({expression}) ? done(true) : requestAnimationFrame(look); }})()"
        self.value(f"new Promise((done) => {{ {looks} }})")

    def choose(self, selector: str, files: list[Path]) -> None:
        """Choose files."""
        locator = {"type": "css", "value": selector}
        [node] = self.call("browsingContext.locateNodes", context=self.context, locator=locator)["nodes"]
        element = {"sharedId": node["sharedId"]}
        self.call("input.setFiles", context=self.context, element=element, files=[str(file) for file in files])


@contextmanager
def opened_tab(service: str) -> Iterator[Tab]:
    """Yield the page of the service, and fail on script errors."""
    assert FIREFOX is not None
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [FIREFOX, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", str(port)]
        firefox = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert firefox.stderr is not None
        try:
            assert any("WebDriver BiDi listening" in line for line in firefox.stderr)
            with connect(f"ws://127.0.0.1:{port}/session", max_size=None) as connection:
                tab = Tab(connection)
                tab.goto(service)
                yield tab
        finally:
            firefox.kill()
            firefox.wait()
    assert not tab.wrong
