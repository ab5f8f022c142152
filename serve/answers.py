"""What the steps of the graph give, as the fields of an answer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lib.attribution.attribute import Attribution
from lib.attribution.verifier import KnownArtist
from lib.dating.order import Order
from lib.models.recognise import Recognised
from lib.models.references import ReferenceWork
from lib.reports.markdown import chance
from serve.schemas import Artist, CatalogueWork, Group, Nearest, Painting, Share

SHOWN_ARTISTS = 5  # of a vote


@dataclass(frozen=True)
class Probabilities:
    """artists: names. works: (n, artists), as arrays: a frame would take longer to read than all else in an answer."""

    artists: list[str]
    works: np.ndarray

    @classmethod
    def of(cls, probabilities: pd.DataFrame) -> "Probabilities":
        """Return the probabilities of a frame of works × artists."""
        return cls(probabilities.columns.tolist(), probabilities.to_numpy())

    def first(self, shares: np.ndarray, *, without: str | None = None) -> list[Share]:
        """Return the artists with the highest of the shares (artists,), highest first. without: one who is left out."""
        from_last = np.argsort(shares[::-1])[: -SHOWN_ARTISTS - 2 : -1]  # so that equal ones are in the order of vote()
        best = (len(shares) - 1 - from_last).tolist()
        named = [Share(name=self.artists[column], share=round(float(shares[column]), 4)) for column in best]
        return [share for share in named if share.name != without][:SHOWN_ARTISTS]


def group_of(
    attribution: Attribution,
    order: Order | None,
    *,
    artist: str,
    known_artist: KnownArtist,
    given: bool,
    recognised: Recognised,
) -> Group:
    """Return the answer for the works of one artist."""
    probabilities = Probabilities.of(attribution.probabilities)
    rows = dict(zip(attribution.probabilities.index, probabilities.works, strict=True))
    column = probabilities.artists.index(artist)
    who = artist_of(probabilities, artist=artist, known_artist=known_artist, given=given)
    remarks = remarks_on(attribution, recognised)

    def painting(file: str, **more: Any) -> Painting:
        return Painting(
            file=file,
            artist_probability=round(float(rows[file][column]), 4),
            artists=probabilities.first(rows[file]),
            **remarks[file],
            **more,
        )

    if order is None:
        return Group(artist=who, ordered=False, paintings=[painting(file) for file in rows])
    ordered = {str(name): order.works[name].tolist() for name in order.works if name != "artist_probability"}
    return Group(
        artist=who,
        ordered=True,
        scope=order.scope,
        first_year=order.first_year,
        last_year=order.last_year,
        temperature=order.temperature,
        dated_as=list(order.dated_as),
        paintings=[
            painting(**dict(zip(ordered, work, strict=True)), nearest=nearest_of(order, work[0]))
            for work in zip(*ordered.values(), strict=True)
        ],
    )


def nearest_of(order: Order, file: str) -> list[Nearest]:
    """Return the dated works that a work resembles, as an answer has them."""
    return [
        Nearest(
            painting_id=dated.painting_id,
            year=dated.year,
            date=dated.date,
            similarity=dated.similarity,
            columns=dated.columns,
        )
        for dated in order.nearest[file]
    ]


def remarks_on(attribution: Attribution, recognised: Recognised) -> dict[str, dict[str, Any]]:
    """Return what is to be said of each work by file: whether it is an outlier, and whether the catalogue has it."""
    files = zip(attribution.probabilities.index, attribution.outliers.tolist(), strict=True)
    return {file: {"outlier": odd, "in_catalogue": in_catalogue(recognised.get(file))} for file, odd in files}


def in_catalogue(work: ReferenceWork | None) -> CatalogueWork | None:
    """Return a reference work that shows the same picture, as an answer has it."""
    if work is None:
        return None
    return CatalogueWork(painting_id=work.painting_id, artist=work.artist, date=work.dated.text, columns=work.columns)


def artist_of(probabilities: Probabilities, *, artist: str, known_artist: KnownArtist, given: bool) -> Artist:
    """Return what the probabilities of works say of `artist` as their artist."""
    votes, column = probabilities.works.mean(axis=0), probabilities.artists.index(artist)
    return Artist(
        name=artist,
        confidence=round(float(votes[column]), 4),
        vote_share=round(float((probabilities.works.argmax(axis=1) == column).mean()), 4),
        verdict=known_artist.verdict,
        known_probability=rounded(known_artist.probability),
        confidence_means=confidence_means(known_artist, artists=len(probabilities.artists)),
        given=given,
        runners_up=probabilities.first(votes, without=artist),
    )


def confidence_means(known_artist: KnownArtist, *, artists: int) -> str:
    """Return what the confidence in an artist says, in one sentence."""
    among = f"Among the {artists} artists whom the models know"
    if known_artist.probability is None:
        return f"{among}; whether it is one of them was not measured."
    probability = chance(known_artist.probability)
    return f"{among}; that it is one of them has a probability of {probability}, at even odds before."


def rounded(probability: float | None) -> float | None:
    """Return a probability to four digits."""
    return None if probability is None else round(probability, 4)
