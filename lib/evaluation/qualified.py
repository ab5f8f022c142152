"""What the models say of works that are not learned as an artist's own, such as `workshop of`: by qualifier."""

from functools import partial

import numpy as np
import pandas as pd
from pydantic import BaseModel

from lib.attribution.artist_head import ArtistHead
from lib.attribution.likelihood_ratio import verdicts
from lib.attribution.verification import artist_evidence, each_alone
from lib.data.embedded_works import EmbeddedWorks
from lib.data.paintings import years_of
from lib.evaluation.works import HeldOutWorks, estimate
from lib.features.placed_works import place
from lib.features.stored_positions import StoredPositions
from lib.models.store import ModelSet

IMPLAUSIBLE = "outside the artist's life"  # of works set apart for their date


class QualifiedWorks(BaseModel, frozen=True):
    """The n works with one qualifier of artists that the models know.

    named: share that is named as the artist's. mean_probability: of the artist. verified, refuted: shares of single
    works that the verifier says are by the artist, and are not; None without a verifier. dated: works dated by the
    artist's comparator; mae_years: their error, and mae_years_median_baseline that of the artist's median year; None
    for none.
    """

    qualifier: str
    n: int
    artists: int
    named: float
    mean_probability: float
    verified: float | None
    refuted: float | None
    dated: int
    mae_years: float | None
    mae_years_median_baseline: float | None


class QualifiedFigures(BaseModel, frozen=True):
    """Works set apart by qualifier, most works first, beside the same artists' own test works; no rows for none.

    unknown_artists: works set apart whose artists the models do not know.
    """

    rows: tuple[QualifiedWorks, ...]
    own: QualifiedWorks | None
    unknown_artists: int


def evaluate_qualified(models: ModelSet, embedded: EmbeddedWorks, test: HeldOutWorks) -> QualifiedFigures:
    """Measure the works of the split `apart` among works whose embeddings are finite. test: the artists' own works."""
    apart = embedded.where((embedded.paintings["split"] == "apart").to_numpy())
    known = apart.paintings["artist"].isin(models.head.artists).to_numpy()
    works = apart.where(known)
    positions = place(works, space=models.space)
    qualifiers = works.paintings["qualifier"].replace("", IMPLAUSIBLE).to_numpy(dtype=str)
    rows = [
        measure(models, positions.where(of), works.where(of).paintings, qualifier=str(qualifier))
        for qualifier in np.unique(qualifiers)
        for of in [qualifiers == qualifier]
    ]
    own = test.paintings["artist"].isin(set(works.paintings["artist"])).to_numpy()
    return QualifiedFigures(
        rows=tuple(sorted(rows, key=lambda row: (-row.n, row.qualifier))),
        own=measure(models, test.positions.where(own), test.paintings[own], qualifier="own test works")
        if own.any()
        else None,
        unknown_artists=int((~known).sum()),
    )


def measure(models: ModelSet, positions: StoredPositions, paintings: pd.DataFrame, *, qualifier: str) -> QualifiedWorks:
    """Return the figures of n works: their positions in the style space, paintings: artist, earliest, latest."""
    artists = paintings["artist"].to_numpy(dtype=str)
    named = positions.in_chunks(
        partial(named_and_probability, models.head),
        models.head.labels(artists),
        label=qualifier,
        answers=len(models.head.artists),
    )
    errors = dating_errors(models, positions, paintings)
    said = artist_verdicts(models, positions, artists)
    return QualifiedWorks(
        qualifier=qualifier,
        n=len(artists),
        artists=len(set(artists)),
        named=float(named[:, 0].mean()),
        mean_probability=float(named[:, 1].mean()),
        verified=None if said is None else float((said == 1).mean()),
        refuted=None if said is None else float((said == 0).mean()),
        dated=errors.shape[1],
        mae_years=float(errors[0].mean()) if errors.size else None,
        mae_years_median_baseline=float(errors[1].mean()) if errors.size else None,
    )


def named_and_probability(head: ArtistHead, positions: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return (n, 2): whether each work is named as the artist of this label (n,), and the artist's probability."""
    probabilities = head.probabilities(positions)
    return np.column_stack([probabilities.argmax(axis=1) == labels, probabilities[np.arange(len(labels)), labels]])


def artist_verdicts(models: ModelSet, positions: StoredPositions, artists: np.ndarray) -> np.ndarray | None:
    """Return (n,) whether each work alone is by its artist: 1 for yes, 0 for no, 0.5 for neither."""
    if models.verifier is None:
        return None
    works = each_alone(positions.in_chunks(models.head.model.coordinates, label="set apart"))
    evidence = artist_evidence(models.head.model, works, artists=models.head.labels(artists))
    return verdicts(models.verifier.artist.calibration.log_ratios(evidence))


def dating_errors(models: ModelSet, positions: StoredPositions, paintings: pd.DataFrame) -> np.ndarray:
    """Return the errors (2, dated), in years, of the artists' comparators and of their median years."""
    years = years_of(paintings)
    errors = [np.zeros((2, 0))]
    for artist, rows in paintings.groupby("artist").indices.items():
        if fitted := models.comparator(str(artist)):
            of, median = np.asarray(rows), np.full(len(rows), fitted.metadata.median_year)
            estimates = estimate(fitted.comparator, positions.where(of))[0]
            errors.append(np.stack([years[of].distances(estimates), years[of].distances(median)]))
    return np.concatenate(errors, axis=1)
