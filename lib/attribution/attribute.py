"""Attribute embedded works: the probability of each artist for each work, and the vote of a set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import softmax

from lib.attribution.artist_head import ArtistHead
from lib.attribution.ensemble import NetworkEnsemble
from lib.attribution.likelihood_ratio import probability
from lib.attribution.outliers import are_outliers
from lib.attribution.two_covariance import WorkSets
from lib.attribution.verifier import KnownArtist, Verifier
from lib.data.same_pictures import copies
from lib.features.style_space import StyleSpace
from lib.infra.errors import UserError, did_you_mean


@dataclass(frozen=True)
class Attribution:
    """positions: (n, d) of the works in the style space. coordinates: (n, m) in the head's two-covariance model.

    probabilities: works × artists, indexed by file name. outliers: (n,) whether each work is unlike everything that the
    models learned from. copies: (n,) whether each may show the picture of an earlier one.
    """

    positions: np.ndarray
    coordinates: np.ndarray
    probabilities: pd.DataFrame
    outliers: np.ndarray
    copies: np.ndarray


def attribute(
    embeddings: np.ndarray,
    files: Sequence[str],
    *,
    hashes: np.ndarray | None,
    space: StyleSpace,
    head: ArtistHead,
    usual: float,
    network_probabilities: np.ndarray | None,
    ensemble: NetworkEnsemble | None,
) -> Attribution:
    """Return positions and artist probabilities of the works with these embeddings (n, dimensions) and file names.

    hashes: (n,) perceptual hashes; None where no work is there twice. usual: distance from the centre beyond which a
    work is an outlier. network_probabilities: (n, artists of the head) by an artist network, which `ensemble` joins
    with those of the head; both None without a network.
    """
    positions = space.positions(embeddings)
    coordinates = head.model.coordinates(positions)
    logits = head.logits(positions, coordinates=coordinates)
    if network_probabilities is None or ensemble is None:
        probabilities = softmax(logits, axis=1)
    else:
        probabilities = ensemble.probabilities(network_probabilities, logits)
    return Attribution(
        positions,
        coordinates,
        pd.DataFrame(head.with_doubt(probabilities), columns=head.artists, index=list(files)),
        are_outliers(head.model.projection, positions, usual=usual),
        np.zeros(len(positions), dtype=bool) if hashes is None else copies(hashes),
    )


def known_artist_of(works: Attribution, *, head: ArtistHead, verifier: Verifier | None) -> KnownArtist:
    """Return whether works, as works of one artist, are by an artist whom the head knows.

    Outliers say nothing of that, nor does a picture for the second time; where all works are outliers, they are not.
    """
    if verifier is None:
        return KnownArtist("uncertain", None)
    if works.outliers.all():
        return KnownArtist("unknown", probability(-verifier.known.calibration.limit, prior=0.5))
    coordinates = works.coordinates[~works.outliers & ~works.copies]
    return verifier.known_artist(head.model, WorkSets.one(coordinates))


def vote(probabilities: pd.DataFrame) -> pd.Series:
    """Return the mean probability of each artist over the works (works × artists), highest first."""
    return probabilities.mean(axis=0).sort_values(ascending=False)


def require_known_artist(artist: str, known_artists: Sequence[str]) -> str:
    """Return `artist`. Raises UserError with the closest names where it is none of `known_artists`."""
    if artist not in known_artists:
        raise UserError(f"the models know no artist {artist!r}; {did_you_mean(artist, known_artists)}")
    return artist


def split_by_artist(attribution: Attribution, *, artist: str | None, mixed: bool) -> dict[str, Attribution]:
    """Return the works by artist: all as works of `artist`, or of the artist with the highest share of the vote.

    With `mixed`, each work goes to its most likely artist, and the artist with the most works comes first.
    """
    probabilities = attribution.probabilities
    if not mixed:
        if artist:
            return {require_known_artist(artist, list(probabilities.columns)): attribution}
        return {str(vote(probabilities).index[0]): attribution}
    artists = probabilities.idxmax(axis=1).to_numpy()
    names = pd.Series(artists).value_counts().sort_index().sort_values(ascending=False, kind="stable").index
    rows = {str(name): artists == name for name in names}
    return {
        name: Attribution(
            attribution.positions[row],
            attribution.coordinates[row],
            probabilities[row],
            attribution.outliers[row],
            attribution.copies[row],
        )
        for name, row in rows.items()
    }
