"""The newest models, loaded in the background while the previous ones answer requests."""

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from lib.dating.artist_comparator import ArtistComparator, ComparatorMetadata
from lib.infra.errors import UserError
from lib.infra.paths import parse_path
from lib.models.comparators import ComparatorChanged, Comparators
from lib.models.references import References, read_references
from lib.models.store import ModelSet, version_of
from serve.settings import CHAMPION

log = logging.getLogger("ray.serve")


class NotReady(Exception):
    """There are no models to answer with; the message says why."""


class ModelsChanged(Exception):
    """The models that a request began with are gone; it must begin again."""


@dataclass(frozen=True)
class LoadedModels:
    """A model set. comparators: by artist, read when asked for; empty where a replica does not need them."""

    models: ModelSet
    references: References
    comparators: Comparators

    @classmethod
    def read(cls, folder: Path, *, comparators: bool) -> "LoadedModels":
        """Read the models in `folder`. Raises UserError where they are missing, broken or do not belong together."""
        models = ModelSet.open(folder)
        references = read_references(folder, provenance=models.provenance)
        return cls(models, references, models.comparators() if comparators else Comparators({}, {}))

    def comparator(self, artist: str) -> ArtistComparator | None:
        """Return the comparator of `artist`; None where there is none. Raises ModelsChanged where it was replaced."""
        try:
            return self.comparators.get(artist)
        except ComparatorChanged as error:
            raise ModelsChanged(str(error)) from error

    def metadata(self, artist: str) -> ComparatorMetadata | None:
        """Return the metadata of the comparator of `artist`, without works; None where there is none."""
        return self.comparators.metadata.get(artist)


def models_folder(source: str) -> Path:
    """Return the folder that `source` stands for. Raises UserError where the registry has no champion."""
    if source != CHAMPION:
        return parse_path(source)
    from lib.models.registry import fetch_champion  # here, because MLflow takes seconds to import

    return fetch_champion()


class LatestModels:
    """The newest models of a folder or of the registry, checked for again every few seconds.

    The previous models are kept as well, so that a request that began with them can end with them.
    """

    def __init__(self, source: str, *, refresh_seconds: float, comparators: bool) -> None:
        """Load the models of `source` (a folder, a URI or the word champion) if they are there, and keep checking."""
        self.source, self.comparators = source, comparators
        self.loaded: list[LoadedModels] = []  # newest first, two at most
        self.lock = threading.Lock()
        self.refresh()
        threading.Thread(target=self.keep_refreshing, args=(refresh_seconds,), daemon=True).start()

    def keep_refreshing(self, seconds: float) -> None:
        """Check for newer models forever."""
        while True:
            time.sleep(seconds)
            self.refresh()

    def refresh(self) -> None:
        """Load the newest models unless they are loaded. On failure, keep what is loaded."""
        with self.lock:
            try:
                folder = models_folder(self.source)
                if not self.loaded or version_of(folder) != self.loaded[0].models.version:
                    newest = LoadedModels.read(folder, comparators=self.comparators)
                    self.loaded = [newest, *self.loaded[:1]]
                    log.info(f"models {newest.models.version} loaded from {self.source}")
            except Exception as error:  # broken models must never stop the ones that work
                reason = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
                log.warning(f"models of {self.source} were not loaded: {reason}")

    def newest(self) -> LoadedModels:
        """Return the newest models. Raises NotReady where there are none."""
        if not self.loaded:
            raise NotReady("there are no models yet; the log of the service says why")
        return self.loaded[0]

    def version(self, version: str) -> LoadedModels:
        """Return the models of this version, after one refresh if need be. Raises ModelsChanged where they are gone."""
        for attempt in range(2):
            for loaded in self.loaded:
                if loaded.models.version == version:
                    return loaded
            if attempt == 0:
                self.refresh()
        raise ModelsChanged(f"models {version} are no longer the newest")
