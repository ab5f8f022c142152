"""The models folder: which bundle is where, and the models in it as one set.

MODELS/
  style/                  the style space of a backbone, and the kernel that all comparators use in it
  works/                  the version of the dataset, and the works of each artist (lib/models/known_works.py)
  artist/                 the artist head
  references/             the works that the head learned from (lib/models/references.py)
  comparators/ARTIST/     one comparator per artist: fitted to the artist's works or, with few dated works, the trend
  artist_networks/…       networks that name artists, one for each architecture (lib/attribution/model.py)
  backbones/              weights of the networks that embed pictures, unless an installed package has them
  date_embedding/         the learned embedding of dates (lib/dating/date_embedding/model.py)
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from lib.attribution.artist_head import ArtistHead
from lib.attribution.ensemble import NetworkEnsemble
from lib.attribution.head_bundle import read_artist_head
from lib.attribution.verifier import Verifier
from lib.data.descriptor import INSTALLED_WEIGHTS, EmbeddingsManifest
from lib.data.provenance import Provenance
from lib.dating.artist_comparator import ArtistComparator, ComparatorMetadata, read_comparator
from lib.dating.kernel import Kernel
from lib.dating.per_artist import comparator_folder
from lib.features.style_space import StyleSpace
from lib.infra.atomic import read_json
from lib.infra.bundles import Metadata, read_bundle, read_metadata, write_bundle
from lib.infra.errors import UserError
from lib.infra.paths import is_local, store_of
from lib.models.comparators import Comparators
from lib.models.known_works import find_known_works

PARTS = (
    "style",
    "works",
    "artist",
    "references",
    "comparators",
    "artist_networks",
    "backbones",
)  # folders of a model set
THREADS = 16  # that read comparators: a store answers many requests at once, each slowly
TRAIN_AGAIN = "train again with jobs/train_per_artist.py"


class StyleMetadata(Metadata):
    """What the bundle of a style space says of it."""

    kind: Literal["style space"] = "style space"
    provenance: Provenance
    kernel: Kernel


@dataclass(frozen=True)
class NetworkBundle:
    """The folder of an artist network, and how it answers together with the artist head."""

    folder: Path
    ensemble: NetworkEnsemble


@dataclass(frozen=True)
class ModelSet:
    """Models of one folder that belong together.

    version: changes with the folder's content. verifier: None where the artists are too few to calibrate one. usual:
    distance from the centre beyond which a work is an outlier. network: the artist network that names artists together
    with the head; None without one. works: fingerprint of the works of each artist. Comparators are read when they are
    asked for.
    """

    folder: Path
    version: str
    provenance: Provenance
    space: StyleSpace
    kernel: Kernel
    head: ArtistHead
    verifier: Verifier | None
    usual: float
    network: NetworkBundle | None
    works: dict[str, str]

    @property
    def ensemble(self) -> NetworkEnsemble | None:
        """Return how the artist network and the head answer together; None without a network."""
        return self.network.ensemble if self.network else None

    @classmethod
    def open(cls, folder: Path) -> "ModelSet":
        """Return the models in `folder`.

        Raises UserError where the style space, the artist head or the weights of a backbone are missing, broken or
        older, where they do not belong together, and where the folder changes while it is read.
        """
        version = version_of(folder)
        space, style = read_style_space(folder)
        head, metadata = read_artist_head(folder / "artist")
        known, provenance = find_known_works(folder), metadata.provenance
        if known is None or provenance != known.provenance or not style.provenance.in_space_of(provenance):
            raise UserError(f"{folder} holds an artist head of other embeddings or options; {TRAIN_AGAIN}")
        network = find_artist_network(folder, dataset=provenance.dataset)
        require_backbones(folder, provenance)
        require_unchanged(folder, version)
        answers = metadata.verifier, metadata.usual
        return cls(folder, version, provenance, space, style.kernel, head, *answers, network, known.works)

    def comparator(self, artist: str) -> ArtistComparator | None:
        """Return the comparator of `artist`; None where there is none that belongs to these models."""
        folder = comparator_folder(self.folder, artist)
        if not (folder / "model.json").is_file():
            return None
        comparator = read_comparator(folder)
        return comparator if comparator.metadata.belongs_to(self.provenance, works=self.works.get(artist)) else None

    def comparators(self) -> Comparators:
        """Return all comparators that belong to these models, which are read when they are asked for.

        Raises UserError where the folder changed since the models were opened.
        """
        folders = [path.parent for path in sorted((self.folder / "comparators").glob("*/model.json"))]
        with ThreadPoolExecutor(THREADS) as pool:
            metadata = list(pool.map(partial(_facts_of_comparator, provenances={}), folders))
        require_unchanged(self.folder, self.version)
        own = [
            (folder, each)
            for folder, each in zip(folders, metadata, strict=True)
            if each and each.belongs_to(self.provenance, works=self.works.get(each.artist))
        ]
        return Comparators({each.artist: each for _, each in own}, {each.artist: folder for folder, each in own})

    def require_made_from(self, embeddings: EmbeddingsManifest) -> None:
        """Raise UserError unless the models were made from these embeddings."""
        if not self.provenance.is_of(embeddings):
            raise UserError(f"{self.folder} holds no models made from these embeddings; {TRAIN_AGAIN}")


def _facts_of_comparator(folder: Path, provenances: dict[Provenance, Provenance]) -> ComparatorMetadata | None:
    """Return the metadata without works; equal provenances, nearly all of them, are one object of `provenances`."""
    metadata = read_metadata(folder, ComparatorMetadata)
    if metadata is None:
        return None
    shared = provenances.setdefault(metadata.provenance, metadata.provenance)
    return metadata.without_works().model_copy(update={"provenance": shared})


def version_of(folder: Path) -> str:
    """Return a hash that changes with the metadata of any bundle of the model set in a folder.

    Raises UserError where the folder holds no models.
    """
    digest, empty = hashlib.sha256(), True
    for name, content in bundle_contents(folder):
        digest.update(name.encode() + content)
        empty = False
    if empty:
        raise UserError(f"{folder} holds no models; train them with jobs/train_per_artist.py")
    return digest.hexdigest()[:12]


def require_unchanged(folder: Path, version: str) -> None:
    """Raise UserError unless the folder still holds this version of the models."""
    if version_of(folder) != version:
        raise UserError(f"{folder} changed while it was read; try again when training has finished")


def require_backbones(folder: Path, provenance: Provenance) -> None:
    """Raise UserError where the folder lacks the weights of a backbone that no installed package has."""
    for source in provenance.backbones:
        file = source.weights_file(folder)
        if source.weights != INSTALLED_WEIGHTS and not file.is_file():
            raise UserError(f"{file} is missing, the weights of {source.name}; {TRAIN_AGAIN}")


def bundle_contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the metadata of each bundle of a model set; in a store what one listing says of it."""
    if is_local(folder):
        paths = [path for part in PARTS for path in (folder / part).glob("**/model.json")]
        named = {path.relative_to(folder).as_posix(): path for path in paths}
        yield from ((name, named[name].read_bytes()) for name in sorted(named))
        return
    fs, root = store_of(folder)
    files = {file.removeprefix(root).lstrip("/"): properties for file, properties in fs.find(root, detail=True).items()}
    for name in sorted(files):
        if name.split("/")[0] in PARTS and name.endswith("/model.json"):
            yield name, repr(sorted(files[name].items())).encode()


def find_artist_network(models: Path, *, dataset: str) -> NetworkBundle | None:
    """Return the network with the best val top-1 of this dataset, by its fingerprint; None without.

    Raises UserError for a network of another version of this program.
    """
    metadata = {path.parent: read_json(path) for path in sorted((models / "artist_networks").glob("*/model.json"))}
    of_dataset = {folder: values for folder, values in metadata.items() if values["plan"]["fingerprint"] == dataset}
    if not of_dataset:
        return None
    folder = max(of_dataset, key=lambda folder: of_dataset[folder]["val"]["top1"])
    values = of_dataset[folder]
    if "weights" not in values:
        raise UserError(f"this version cannot read the bundle {folder}; remove it and train it again")
    return NetworkBundle(folder, NetworkEnsemble(tuple(values["weights"]), temperature=values["temperature"]))


def write_style_space(models: Path, space: StyleSpace, *, kernel: Kernel, provenance: Provenance) -> None:
    """Write the style space and its kernel."""
    tensors = {"mean": space.mean, "deviation": space.deviation, "weight": space.weight}
    write_bundle(models / "style", tensors=tensors, metadata=StyleMetadata(provenance=provenance, kernel=kernel))


def read_style_space(models: Path) -> tuple[StyleSpace, StyleMetadata]:
    """Return the style space and its metadata. Raises UserError where there is none that this version reads."""
    tensors, metadata = read_bundle(models / "style", StyleMetadata)
    return StyleSpace(parts=metadata.provenance.parts, **tensors), metadata
