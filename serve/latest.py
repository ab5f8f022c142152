"""The newest models, picked up while requests are answered with the ones before them."""

import logging
import threading
import time
from pathlib import Path

from lib.infra.errors import UserError
from lib.infra.paths import parse_path
from lib.models.snapshots import Models, read_models, version_of
from serve.settings import CHAMPION

log = logging.getLogger("ray.serve")


class NotReady(Exception):
    """There are no models to answer with; the message says why."""


class ModelsChanged(Exception):
    """The models that a request began with are gone; it must begin again."""


def locate(where: str) -> Path:
    """Return the folder of the models of `where`. Raises UserError where the registry has no champion."""
    if where != CHAMPION:
        return parse_path(where)
    from lib.models.registry import fetch_champion  # here, because MLflow takes seconds to import

    return fetch_champion()


class LatestModels:
    """The newest models of a folder or of the registry, looked for again every few seconds.

    The models before them are kept as well, so that a request that began with them can end with them.
    """

    def __init__(self, where: str, *, refresh_seconds: float, comparators: bool) -> None:
        """Load the models of `where`, a folder, a URI or the word champion, if they are there, and keep looking."""
        self.place, self.comparators = where, comparators
        self.held: list[Models] = []  # newest first
        self.problem = ""
        self.lock = threading.Lock()
        self.refresh()
        threading.Thread(target=self.keep_looking, args=(refresh_seconds,), daemon=True).start()

    def keep_looking(self, seconds: float) -> None:
        """Look for newer models for ever."""
        while True:
            time.sleep(seconds)
            self.refresh()

    def refresh(self) -> None:
        """Load the newest models unless they are held; on failure stay with what is held and keep the reason."""
        with self.lock:
            try:
                folder = locate(self.place)
                if not self.held or version_of(folder) != self.held[0].version:
                    self.held = [read_models(folder, comparators=self.comparators), *self.held[:1]]
                    log.info(f"models {self.held[0].version} of {self.place}")
                self.problem = ""
            except Exception as error:  # broken models must never stop the ones that work
                self.problem = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
                log.warning(f"models of {self.place} were not loaded: {self.problem}")

    def newest(self) -> Models:
        """Return the newest models. Raises NotReady where there are none."""
        if not self.held:
            raise NotReady(f"there are no models yet: {self.problem}")
        return self.held[0]

    def version(self, version: str) -> Models:
        """Return the models of this version, looking for them once. Raises ModelsChanged where they are gone."""
        for attempt in range(2):
            for models in self.held:
                if models.version == version:
                    return models
            if attempt == 0:
                self.refresh()
        raise ModelsChanged(f"models {version} are not the newest any more")
