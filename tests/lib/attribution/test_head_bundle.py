from pathlib import Path

import numpy as np

from lib.attribution.fit_artist_head import fit_artist_head
from lib.attribution.head_bundle import HeadMetadata, read_artist_head, write_artist_head
from lib.attribution.held_out_artists import held_out_artists
from lib.attribution.two_covariance import WorkSets
from lib.attribution.verifier import fit_verifier
from lib.data.provenance import Provenance
from lib.features.placed_works import PlacedWorks

COLUMNS = {"statistics": np.arange(0, 20, 2), "correlations": np.arange(1, 20, 2)}


def test_a_head_answers_the_same_after_a_round_trip(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    names = np.repeat([f"artist {number}" for number in range(10)], 30)
    positions = np.repeat(random.normal(size=(10, 20)), 30, axis=0) + random.normal(size=(300, 20))
    positions, val = positions.astype(np.float32), np.arange(300) % 5 == 0
    learned = PlacedWorks(positions, names, val)
    fitted = fit_artist_head(learned, columns=COLUMNS)  # type: ignore[arg-type]
    head = fitted.head
    metadata = HeadMetadata(
        provenance=Provenance(dataset="made up", short_side=320, backbones=(), parts=(), tilt=0),
        artists=head.artists,
        weights=head.weights,
        val_works=head.val_works,
        strengths=fitted.chosen.strengths,
        val_top1=fitted.chosen.val_top1,
        works=300,
        usual=2.5,
        verifier=fit_verifier(held_out_artists(learned)),
    )
    write_artist_head(tmp_path / "artist", head, metadata)
    again, read = read_artist_head(tmp_path / "artist")
    assert read == metadata
    assert read.verifier is not None
    np.testing.assert_allclose(again.probabilities(positions), head.probabilities(positions), atol=0.01)
    np.testing.assert_allclose(
        again.model.known_ratios(WorkSets.one(again.model.coordinates(positions[:5]))),
        head.model.known_ratios(WorkSets.one(head.model.coordinates(positions[:5]))),
        atol=0.1,
    )
