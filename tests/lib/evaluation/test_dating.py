import numpy as np
import pandas as pd
import pytest

from lib.data.provenance import Provenance
from lib.dating.artist_comparator import ArtistComparator, ComparatorMetadata, Scope, constants_of
from lib.dating.comparator import Comparator, fit_comparator
from lib.dating.kernel import Kernel
from lib.evaluation.dating import DatingFigures, evaluate_dating
from lib.evaluation.works import HeldOutWorks
from lib.features.stored_positions import StoredPositions
from lib.stats.bootstrap import bootstrap_interval
from lib.stats.years import Years

PROVENANCE = Provenance(dataset="made up", short_side=320, backbones=(), parts=(), tilt=0)


def artist_comparator(artist: str, comparator: Comparator, *, scope: Scope) -> ArtistComparator:
    metadata = ComparatorMetadata(
        provenance=PROVENANCE,
        artist=artist,
        scope=scope,
        works={"train": 30},
        first_year=1850,
        last_year=1879,
        median_year=1864.5,
        constants=constants_of(comparator),
    )
    return ArtistComparator(comparator, metadata)


@pytest.fixture
def figures() -> DatingFigures:
    """Return the figures of three artists whose positions follow the year, one of them dated by the shared trend."""
    years = np.arange(1850, 1880, dtype=float)
    positions = np.stack([years - 1865, np.zeros(30)], axis=1)
    comparator = fit_comparator(positions, Years.exact(years), kernel=Kernel(gamma=0.4, noise=0.1)).comparator
    scopes: dict[str, Scope] = {"Ada": "own", "Bo": "own", "Cy": "all artists"}
    test = pd.DataFrame({"artist": np.repeat(list(scopes), 10), "year": np.tile(np.arange(1852, 1872, 2), 3)})
    test = test.assign(earliest=test["year"], latest=test["year"])
    queried = np.stack([test["year"].to_numpy(dtype=float) - 1865, np.zeros(30)], axis=1)
    works = HeldOutWorks(
        positions=StoredPositions.of([queried], width=2),
        paintings=test,
        works={"Ada": 40, "Bo": 80, "Cy": 12},
        train_artists=pd.Series(["Ada", "Bo", "Bo"]),
    )
    comparators = {artist: artist_comparator(artist, comparator, scope=scope) for artist, scope in scopes.items()}
    return evaluate_dating(comparators, works, min_works=50)


def test_artists_count_by_scope_and_by_number_of_works(figures: DatingFigures) -> None:
    assert [row.artist for row in figures.per_artist] == ["Bo", "Ada"]
    assert (figures.means.artists, figures.all_artists.artists, figures.by_trend.artists) == (1, 2, 1)
    assert figures.means.pair_accuracy == 1.0
    assert (figures.means.pairs, sum(band.pairs for band in figures.by_gap)) == (45, 45)
    assert [row.artist for row in figures.worst_orders()] == ["Bo"]


def test_the_record_holds_the_means_beside_the_groups(figures: DatingFigures) -> None:
    record = figures.model_dump(mode="json", by_alias=True)
    assert list(record)[:3] == ["min_works", "artists", "test_works"]
    assert {"largest", "all_artists", "by_gap", "per_artist", "by_trend", "intervals"} <= set(record)
    assert record["by_gap"][0] == {"from": 1, "to": 2, "pairs": 9, "pair_accuracy": 1.0}
    assert record["by_gap"][-1]["to"] is None
    assert record["intervals"]["kendall_tau"] is None  # of one artist


def test_an_interval_holds_the_mean() -> None:
    sample = np.random.default_rng(0).normal(5, 1, 40)
    interval = bootstrap_interval(np.mean, sample)
    assert interval is not None and interval[0] < sample.mean() < interval[1]
    assert bootstrap_interval(np.mean, sample[:1]) is None
