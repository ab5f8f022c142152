"""Which version of a dataset the models of a folder are of, and which works of each artist.

MODELS/works/model.json   written when it is decided which style space they work in
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from lib.data.provenance import Provenance
from lib.infra.atomic import write_json
from lib.infra.bundles import Metadata, read_metadata
from lib.infra.paths import make_folder

FOLDER = "works"


class KnownWorks(Metadata):
    """works: fingerprint of the works to learn from of each artist (lib/data/work_fingerprints.py)."""

    kind: Literal["works"] = "works"
    provenance: Provenance
    works: dict[str, str]


def find_known_works(models: Path) -> KnownWorks | None:
    """Return the works that the models of a folder are of, None where it does not say."""
    return read_metadata(models / FOLDER, KnownWorks)


def write_known_works(models: Path, fingerprints: Mapping[str, str], *, provenance: Provenance) -> None:
    """Write the works that the models are of, unless that is there."""
    known = KnownWorks(provenance=provenance, works=dict(fingerprints))
    if find_known_works(models) != known:
        write_json(make_folder(models / FOLDER) / "model.json", known.model_dump(mode="json"))
