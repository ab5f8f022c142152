"""Who painted this: linear heads on the kinds of a descriptor's parts, and a two-covariance model of all of them.

Nothing but regressions and covariances is fitted. Works are read batch by batch; what stays of them in memory are sums
by artist, and on disk 512 numbers for each kind of part.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import softmax

from lib.attribution.ensemble import Weights, combine, fit_weights
from lib.attribution.linear_head import Axes, LinearHead, fit_axes, fit_linear_heads
from lib.attribution.two_covariance import ArtistSums, Projection, TwoCovariance, fit_projection, two_covariance_of
from lib.data.descriptor import Kind
from lib.features.placed_works import LearnableWorks, PlacedWorks, map_works, sample_of
from lib.infra.progress import progress
from lib.stats.metrics import top_k

STRENGTHS = (0.03, 0.1, 0.3)  # inverse regularisation of the linear heads
LINEAR_WEIGHT, RATIO_WEIGHT = 0.6, 0.1  # where no val works can choose the weights
MOST_VAL_EVIDENCE = 6_000_000  # numbers by one member, of val works and artists, that strengths and weights rest on


@dataclass(frozen=True)
class ArtistHead:
    """artists: names of the classes. linear: a head for each kind of part. model: of whole positions.

    weights: of the linear heads' log-probabilities and of the model's log-likelihood ratios, calibrated on val works.
    val_works: their number.
    """

    artists: list[str]
    linear: dict[Kind, LinearHead]
    model: TwoCovariance
    weights: Weights
    val_works: int

    def logits(self, positions: np.ndarray, *, coordinates: np.ndarray | None = None) -> np.ndarray:
        """Return (n, classes) for positions (n, dimensions) in the style space.

        coordinates: (n, m) in the two-covariance model, where they are known.
        """
        coordinates = self.model.coordinates(positions) if coordinates is None else coordinates
        return combine(evidence(self.linear, self.model, positions, coordinates), weights=self.weights)

    def probabilities(self, positions: np.ndarray) -> np.ndarray:
        """Return (n, classes) for positions (n, dimensions) in the style space."""
        return self.with_doubt(softmax(self.logits(positions), axis=1))

    def with_doubt(self, probabilities: np.ndarray) -> np.ndarray:
        """Return (n, classes) mixed with equal chances, as far as val works could not have shown a mistake.

        The rule of succession (Laplace 1814): after n right answers the next is wrong with a probability of
        1 / (n + 2). Where classes are easily told apart, nothing else keeps a probability from being 1.
        """
        doubt = 1 / (self.val_works + 2)
        return (1 - doubt) * probabilities + doubt / probabilities.shape[1]

    def labels(self, artists: np.ndarray) -> np.ndarray:
        """Return the classes (n,) of artists (n,), all of which must be classes of the head."""
        return np.array([self.artists.index(artist) for artist in artists], dtype=int)


@dataclass(frozen=True)
class ChosenHead:
    """A head fitted without val works.

    strengths: of each linear head, the best on val works. val_top1: accuracy on val works of artists that the head
    knows; None without any.
    """

    head: ArtistHead
    strengths: dict[Kind, float]
    val_top1: float | None


def evidence(
    linear: Mapping[Kind, LinearHead], model: TwoCovariance, positions: np.ndarray, coordinates: np.ndarray
) -> list[np.ndarray]:
    """Return what each member says of works, (n, classes) each.

    positions: (n, dimensions). coordinates: (n, m) in the model.
    """
    members = [head.log_probabilities(positions) for head in linear.values()]
    return [*members, model.ratios_alone(coordinates)]


@dataclass(frozen=True)
class Members:
    """What a head consists of but its weights. linear: a head for each strength, by kind of part."""

    artists: list[str]
    linear: dict[Kind, dict[float, LinearHead]]
    model: TwoCovariance


def fit_artist_head(
    works: LearnableWorks, *, sample: PlacedWorks, columns: Mapping[Kind, np.ndarray]
) -> tuple[ArtistHead, ChosenHead]:
    """Fit to works. sample: of them, for principal components. columns: of their positions, by kind of part.

    Weights and strengths are those of the head that never saw val works, which is returned too.
    """
    chosen = choose_artist_head(works, sample=sample, columns=columns)
    strengths = {kind: (strength,) for kind, strength in chosen.strengths.items()}
    members = fit_members(works, sample=sample, columns=columns, strengths=strengths)
    linear = {kind: heads[chosen.strengths[kind]] for kind, heads in members.linear.items()}
    weights, val_works = chosen.head.weights, chosen.head.val_works
    return ArtistHead(members.artists, linear, members.model, weights=weights, val_works=val_works), chosen


def choose_artist_head(works: LearnableWorks, *, sample: PlacedWorks, columns: Mapping[Kind, np.ndarray]) -> ChosenHead:
    """Fit to the works outside val; choose strengths and weights by the likelihood of val works. sample: of works."""
    train, tried = works.where(~works.val), dict.fromkeys(columns, STRENGTHS)
    members = fit_members(train, sample=sample.where(~sample.val), columns=columns, strengths=tried)
    known = works.val & np.isin(works.artists, members.artists)
    val = sample_of(works.where(known), most=max(1, MOST_VAL_EVIDENCE // len(members.artists))) if known.any() else None
    labels = np.searchsorted(members.artists, val.artists) if val else np.zeros(0, dtype=int)
    linear, strengths = {}, {}
    for kind, heads in members.linear.items():
        nll = {strength: nll_of(head, val.positions, labels) if val else 0.0 for strength, head in heads.items()}
        strengths[kind] = min(nll, key=nll.__getitem__)
        linear[kind] = heads[strengths[kind]]
    weights: Weights = (*[LINEAR_WEIGHT] * len(linear), RATIO_WEIGHT)
    top1 = None
    if val:
        said = evidence(linear, members.model, val.positions, members.model.coordinates(val.positions))
        if len(members.artists) > 1:
            weights, _ = fit_weights(said, labels)
        top1 = top_k(combine(said, weights=weights), labels, 1)
    head = ArtistHead(members.artists, linear, members.model, weights=weights, val_works=len(labels))
    return ChosenHead(head, strengths, top1)


def fit_members(
    works: LearnableWorks,
    *,
    sample: PlacedWorks,
    columns: Mapping[Kind, np.ndarray],
    strengths: Mapping[Kind, Sequence[float]],
) -> Members:
    """Fit the members of a head to works, in one pass over them. sample: of works, for principal components."""
    names, labels = np.unique(works.artists, return_inverse=True)
    with progress("artist head: principal components", total=len(columns) + 1, unit="kinds", brief=True) as advance:
        axes = {}
        for kind, of_kind in columns.items():
            axes[kind] = fit_axes(sample.positions, columns=of_kind)
            advance()
        projection = fit_projection(sample.positions)
        advance()
    with tempfile.TemporaryDirectory() as folder:
        components = {
            kind: np.memmap(Path(folder) / kind, np.float16, mode="w+", shape=(len(labels), len(each.axes)))
            for kind, each in axes.items()
        }
        sums, first = [], 0
        for batch in map_works(described, works, label="artist head", axes=axes, projection=projection):
            last = first + len(batch.components[next(iter(axes))])
            for kind, each in batch.components.items():
                components[kind][first:last] = each
            sums.append(batch.sums)
            first = last
        linear = {
            kind: fit_linear_heads(components[kind], labels, axes=each, classes=len(names), strengths=strengths[kind])
            for kind, each in axes.items()
        }
    return Members(names.tolist(), linear, two_covariance_of(projection, ArtistSums.joined(sums)))


@dataclass(frozen=True)
class DescribedBatch:
    """components: (n, k) of a batch of works, by kind. sums: of their directions, by artist."""

    components: dict[Kind, np.ndarray]
    sums: ArtistSums


def described(works: PlacedWorks, axes: Mapping[Kind, Axes], projection: Projection) -> DescribedBatch:
    """Return what the members learn from a batch of works."""
    components = {kind: each.components(works.positions) for kind, each in axes.items()}
    return DescribedBatch(components, ArtistSums.of(projection.directions(works.positions), works.artists))


def nll_of(head: LinearHead, positions: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean negative log-likelihood of works, (n, dimensions), of classes (n,), at the best temperature."""
    return fit_weights([head.log_probabilities(positions)], labels)[1]
