"""What the steps of the graph give, as the fields of an answer."""

from dataclasses import asdict
from typing import Any

import pandas as pd

from lib.attribution.attribute import Attribution, vote
from lib.attribution.verifier import KnownArtist
from lib.dating.order import Order
from lib.models.recognise import Recognised
from lib.models.references import ReferenceWork
from lib.reports.markdown import chance
from serve.schemas import Artist, CatalogueWork, Group, Nearest, Painting, Share

SHOWN_ARTISTS = 5  # of a vote


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
    probabilities = attribution.probabilities
    who = artist_of(probabilities, artist=artist, known_artist=known_artist, given=given)
    remarks = remarks_on(attribution, recognised)
    if order is None:
        unordered = [
            painting_of({"file": file}, probabilities, artist=artist, **remarks[file]) for file in probabilities.index
        ]
        return Group(artist=who, ordered=False, paintings=unordered)
    paintings = [
        painting_of(
            work,
            probabilities,
            artist=artist,
            **remarks[work["file"]],
            nearest=[Nearest(**asdict(dated)) for dated in order.nearest[work["file"]]],
        )
        for work in order.works.drop(columns="artist_probability").to_dict("records")
    ]
    return Group(
        artist=who,
        ordered=True,
        scope=order.scope,
        first_year=order.first_year,
        last_year=order.last_year,
        temperature=order.temperature,
        dated_as=list(order.dated_as),
        paintings=paintings,
    )


def remarks_on(attribution: Attribution, recognised: Recognised) -> dict[str, dict[str, Any]]:
    """Return what is to be said of each work by file: whether it is an outlier, and whether the catalogue has it."""
    files = zip(attribution.probabilities.index, attribution.outliers.tolist(), strict=True)
    return {file: {"outlier": odd, "in_catalogue": in_catalogue(recognised.get(file))} for file, odd in files}


def in_catalogue(work: ReferenceWork | None) -> CatalogueWork | None:
    """Return a reference work that shows the same picture, as an answer has it."""
    if work is None:
        return None
    return CatalogueWork(painting_id=work.painting_id, artist=work.artist, date=work.dated.text, columns=work.columns)


def painting_of(work: dict[Any, Any], probabilities: pd.DataFrame, *, artist: str, **more: Any) -> Painting:
    """Return the answer for a work with its `file` and, where it is ordered, its other columns of Order.works."""
    artists = probabilities.loc[work["file"]]
    return Painting(
        **work,
        artist_probability=round(float(artists[artist]), 4),
        artists=first_shares(artists.sort_values(ascending=False)),
        **more,
    )


def artist_of(probabilities: pd.DataFrame, *, artist: str, known_artist: KnownArtist, given: bool) -> Artist:
    """Return what the probabilities (works × artists) say of `artist` as the artist of the works."""
    votes = vote(probabilities)
    return Artist(
        name=artist,
        confidence=round(float(votes[artist]), 4),
        vote_share=round(float((probabilities.idxmax(axis=1) == artist).mean()), 4),
        verdict=known_artist.verdict,
        known_probability=rounded(known_artist.probability),
        confidence_means=confidence_means(known_artist, artists=probabilities.shape[1]),
        given=given,
        runners_up=first_shares(votes.drop(artist)),
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


def first_shares(ordered: pd.Series) -> list[Share]:
    """Return the first artists of shares that are in order, highest first."""
    return [Share(name=str(name), share=round(float(share), 4)) for name, share in ordered.head(SHOWN_ARTISTS).items()]
