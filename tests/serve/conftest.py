"""The real service over the models that the jobs trained."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

<<<<<<< HEAD
from jobs import generate
from lib.attribution.linear_head import fit_artist_head
from lib.data.provenance import Provenance
from lib.dating.kernel import Kernel
from lib.dating.per_artist import ArtistWorks, comparator_folder, train_comparator
from lib.dating.trend import Trend
from lib.features.embedder import Embedder
from lib.features.style_space import TILT, fit_style_space
from lib.models.sorter import open_picture
from lib.models.store import HeadMetadata, write_artist_head, write_style_space
=======
from tests.conftest import Trained
>>>>>>> d454499 (Tests wait in one way, for an event instead of a time; the service is tested over the models that the jobs trained)

PORT = 8765  # not the one of a service that may be running


@pytest.fixture(scope="session")
def catalogue(trained: Trained) -> Path:
    """Return the catalogue that the models learned from, with unseen works of one of its artists."""
    return trained.catalogue


@pytest.fixture(scope="session")
<<<<<<< HEAD
def models(catalogue: Path) -> Path:
    """Train on the catalogue what the jobs train, in this process: it saves a minute."""
    folder = catalogue.parent / "models"
    works = pd.read_csv(catalogue / "all_data_info.csv").query("in_train")
    works["year"] = works["date"].str.extract(r"(\d{4})")[0].astype(float)
    works = works.dropna(subset=["year"])
    embedder = Embedder("efficientnet_lite0")
    vectors = embedder.embed(
        [open_picture((catalogue / "train" / name).read_bytes()) for name in works["new_filename"]]
    )
    blocks = embedder.block_widths()
    provenance = Provenance(dataset="painted for tests", backbone="efficientnet_lite0", blocks=tuple(blocks), tilt=TILT)
    space, kernel = fit_style_space(vectors, blocks=blocks), Kernel(gamma=0.8, noise=0.1)
    positions, artists = space.positions(vectors), works["artist"].to_numpy(dtype=str)
    write_style_space(folder, space, kernel=kernel, provenance=provenance)
    head, top1 = fit_artist_head(positions, artists, val=np.arange(len(works)) % 5 == 0)
    metadata = HeadMetadata(
        provenance=provenance,
        artists=head.artists,
        temperature=head.temperature,
        val_top1_by_strength=top1,
        works=len(works),
    )
    write_artist_head(folder, head, metadata)
    works = works.assign(painting_id=works["new_filename"], split="train", circa=False)
    trend = Trend(np.zeros(positions.shape[1]))
    for artist in set(artists):
        own = artists == artist
        mine = ArtistWorks(artist=artist, positions=positions[own], paintings=works[own], trend=trend)
        train_comparator(comparator_folder(folder, artist), mine, kernel=kernel, provenance=provenance)
=======
def models(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the models, which tests change under the running service."""
    folder = tmp_path_factory.mktemp("serve") / "models"
    shutil.copytree(trained.models, folder, ignore=shutil.ignore_patterns("artist_networks", ".*"))
>>>>>>> d454499 (Tests wait in one way, for an event instead of a time; the service is tested over the models that the jobs trained)
    return folder


@pytest.fixture(scope="session")
def pictures(catalogue: Path) -> dict[str, bytes]:
    """Return the unseen works by file name."""
    return {path.name: path.read_bytes() for path in sorted((catalogue / "unseen").glob("*.jpg"))}


@pytest.fixture(scope="session")
def service(models: Path, ray_cluster: None) -> Iterator[str]:
    """Run the service on this machine; yield its address."""
    from ray import serve

    from serve.app import app

    serve.start(http_options={"host": "127.0.0.1", "port": PORT})
    settings = {"OEUVRE_MODELS": str(models), "OEUVRE_FILES": "20", "OEUVRE_FILE_MIB": "1", "OEUVRE_QUEUE": "12"}
    serve.run(app({**settings, "OEUVRE_REQUEST_MIB": "8", "OEUVRE_MEGAPIXELS": "4", "OEUVRE_REFRESH_SECONDS": "1"}))
    yield f"http://127.0.0.1:{PORT}"
    serve.shutdown()


@pytest.fixture
def client(service: str) -> Iterator[httpx.Client]:
    """Yield a client of the service."""
    with httpx.Client(base_url=service, timeout=120) as client:
        yield client
