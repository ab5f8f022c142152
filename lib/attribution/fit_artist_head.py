"""Fit the artist head: nothing but regressions and covariances.

Works are read batch by batch. What stays of them in memory are sums by artist, and on disk 512 numbers for each kind of
part.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.attribution.artist_head import ArtistHead
from lib.attribution.artist_sums import ArtistSums, JoinedSums
from lib.attribution.ensemble import Weights, combine, fit_weights
from lib.attribution.linear_head import Axes, Heads, fit_axes, fit_linear_heads
from lib.attribution.outliers import distances, usual_distance
from lib.attribution.two_covariance import Projection, TwoCovariance, fit_projection, two_covariance_of
from lib.data.descriptor import Kind
from lib.features.placed_works import LearnableWorks, PlacedWorks, draw, map_works, of_sample
from lib.stats.metrics import top_k

STRENGTHS = (0.03, 0.1, 0.3)  # inverse regularisation of the linear heads
LINEAR_WEIGHT, RATIO_WEIGHT = 0.6, 0.1  # where no val works can choose the weights
MOST_VAL_EVIDENCE = 6_000_000  # numbers by one member, of val works and artists, that strengths and weights rest on


@dataclass(frozen=True)
class ChosenHead:
    """A head fitted without val works.

    strengths: of each linear head, the best on val works. val_top1: accuracy on val works of artists that the head
    knows; None without any.
    """

    head: ArtistHead
    strengths: dict[Kind, float]
    val_top1: float | None


@dataclass(frozen=True)
class FittedHead:
    """A head fitted to all works, and the one that never saw val works, which chose its strengths and weights.

    usual: distance from the centre of the works that hardly any of them exceeds.
    """

    head: ArtistHead
    chosen: ChosenHead
    usual: float


@dataclass(frozen=True)
class MemberAxes:
    """Principal components that the members of a head work in. linear: by kind of part. projection: of the model."""

    linear: dict[Kind, Axes]
    projection: Projection


@dataclass(frozen=True)
class Members:
    """What a head consists of but its weights. linear: a head for each strength, by kind of part.

    usual: as in FittedHead.
    """

    artists: list[str]
    linear: Heads
    model: TwoCovariance
    usual: float


def fit_artist_head(works: LearnableWorks, *, columns: Mapping[Kind, np.ndarray]) -> FittedHead:
    """Fit to works. columns: of their positions, by kind of part.

    Weights and strengths are those of the head that never saw val works, which is returned too.
    """
    of_train, of_all = of_sample(axes_of_members, works, label="artist head: components", columns=columns)
    chosen = choose_artist_head(works, axes=of_train)
    strengths = {kind: (strength,) for kind, strength in chosen.strengths.items()}
    members = fit_members(works, axes=of_all, strengths=strengths)
    linear = {kind: heads[chosen.strengths[kind]].compact() for kind, heads in members.linear.items()}
    weights, val_works = chosen.head.weights, chosen.head.val_works
    head = ArtistHead(members.artists, linear, members.model, weights=weights, val_works=val_works)
    return FittedHead(head, chosen, members.usual)


def axes_of_members(sample: PlacedWorks, columns: Mapping[Kind, np.ndarray]) -> tuple[MemberAxes, MemberAxes]:
    """Return the axes of those works of a sample that are not val works, and of all."""
    of_train, of_all = (
        MemberAxes(
            linear={kind: fit_axes(each.positions, columns=of_kind) for kind, of_kind in columns.items()},
            projection=fit_projection(each.positions),
        )
        for each in (sample.where(~sample.val), sample)
    )
    return of_train, of_all


def choose_artist_head(works: LearnableWorks, *, axes: MemberAxes) -> ChosenHead:
    """Fit to the works outside val; choose strengths and weights by the likelihood of val works."""
    members = fit_members(works.where(~works.val), axes=axes, strengths=dict.fromkeys(axes.linear, STRENGTHS))
    known = works.where(works.val & np.isin(works.artists, members.artists))
    val = draw(known, most=max(1, MOST_VAL_EVIDENCE // len(members.artists)))
    labels = np.searchsorted(members.artists, val.artists)
    strengths = dict.fromkeys(axes.linear, STRENGTHS[0])
    weights: Weights = (*[LINEAR_WEIGHT] * len(strengths), RATIO_WEIGHT)
    top1 = None
    if len(labels):
        said = evidence_of_val(val, members)
        strengths = {kind: likeliest(tried, labels) for kind, tried in said.linear.items()}
        evidence = [*(said.linear[kind][strength] for kind, strength in strengths.items()), said.ratios]
        if len(members.artists) > 1:
            weights, _ = fit_weights(evidence, labels)
        top1 = top_k(combine(evidence, weights=weights), labels, 1)
    linear = {kind: members.linear[kind][strength].compact() for kind, strength in strengths.items()}
    head = ArtistHead(members.artists, linear, members.model, weights=weights, val_works=len(labels))
    return ChosenHead(head, strengths, top1)


def likeliest(tried: Mapping[float, np.ndarray], labels: np.ndarray) -> float:
    """Return the strength of the head that says of works, (n, classes), their classes (n,) are likeliest."""
    return min(tried, key=lambda strength: fit_weights([tried[strength]], labels)[1])


@dataclass(frozen=True)
class MemberEvidence:
    """What each member says of works, (n, classes) each. linear: by kind of part and strength."""

    linear: dict[Kind, dict[float, np.ndarray]]
    ratios: np.ndarray


def evidence_of_val(works: LearnableWorks, members: Members) -> MemberEvidence:
    """Return what members say of works, of which there is one at least."""
    said = list(map_works(evidence_of_members, works, label="artist head: val works", members=members))
    linear = {
        kind: {strength: np.concatenate([each.linear[kind][strength] for each in said]) for strength in heads}
        for kind, heads in members.linear.items()
    }
    return MemberEvidence(linear, np.concatenate([each.ratios for each in said]))


def evidence_of_members(works: PlacedWorks, members: Members) -> MemberEvidence:
    """Return what members say of a batch of works."""
    linear = {}
    for kind, heads in members.linear.items():
        components = next(iter(heads.values())).components(works.positions)  # heads of all strengths share their axes
        linear[kind] = {strength: head.of_components(components) for strength, head in heads.items()}
    return MemberEvidence(linear, members.model.log_likelihood_ratios(works.positions))


def fit_members(works: LearnableWorks, *, axes: MemberAxes, strengths: Mapping[Kind, Sequence[float]]) -> Members:
    """Fit the members of a head to works, in one pass over them."""
    names, labels = np.unique(works.artists, return_inverse=True)
    with tempfile.TemporaryDirectory() as folder:
        components = {
            kind: np.memmap(Path(folder) / kind, np.float16, mode="w+", shape=(len(labels), len(each.axes)))
            for kind, each in axes.linear.items()
        }
        sums, far, first = JoinedSums(), [], 0
        for batch in map_works(described, works, label="artist head", axes=axes):
            last = first + len(batch.distances)
            for kind, each in batch.components.items():
                components[kind][first:last] = each
            sums.add(batch.sums)
            far.append(batch.distances)
            first = last
        linear = fit_linear_heads(components, labels, axes=axes.linear, classes=len(names), strengths=strengths)
    model = two_covariance_of(axes.projection, sums.total())
    return Members(names.tolist(), linear, model, usual=usual_distance(np.concatenate(far)))


@dataclass(frozen=True)
class DescribedBatch:
    """What the members learn from a batch of works.

    components: (n, k), by kind. sums: of the works' directions, by artist. distances: (n,) from the centre.
    """

    components: dict[Kind, np.ndarray]
    sums: ArtistSums
    distances: np.ndarray


def described(works: PlacedWorks, axes: MemberAxes) -> DescribedBatch:
    """Return what the members learn from a batch of works."""
    return DescribedBatch(
        components={kind: each.components(works.positions) for kind, each in axes.linear.items()},
        sums=ArtistSums.of(axes.projection.directions(works.positions), works.artists),
        distances=distances(axes.projection, works.positions),
    )
