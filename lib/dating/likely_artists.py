"""The date of a single work whose artist nobody named: an average over its likely artists, not the likeliest alone."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from lib.attribution.attribute import Attribution
from lib.data.dates.edtf import edtf_of_estimate
from lib.dating.artist_comparator import ArtistComparator
from lib.dating.doubt import doubted
from lib.dating.known import KnownDates
from lib.dating.order import Order, order_works

LEAST_SHARE = 0.02  # probability of an artist who counts
INSIDE = 0.8  # share of works that an interval should hold
SHORTEST = 0.01  # half of an interval, in years
_HALF_WIDTHS = float(norm.ppf(0.5 + INSIDE / 2))  # standard deviations in half an interval

Comparators = Callable[[str], ArtistComparator | None]


def order_as(
    artist: str, works: Attribution, *, comparators: Comparators, known: KnownDates, given: bool
) -> Order | None:
    """Return the order of works as works of `artist`; None where the artist has no comparator.

    A single work without a known date, whose artist the caller has not given, is dated over its likely artists.
    """
    comparator = comparators(artist)
    if comparator is None:
        return None
    order = order_works(comparator, works, known=known)
    single = len(works.probabilities) == 1 and works.probabilities.index[0] not in known
    if single and not given:
        order = date_over_artists(order, works, comparators)
    return order if order.dated_as else doubted(order, comparator.life)


def date_over_artists(order: Order, attribution: Attribution, comparators: Comparators) -> Order:
    """Return the order of one work with its year and interval averaged over the artists whom it may be by.

    Each artist with a comparator and a probability of at least LEAST_SHARE counts with that probability. The year is
    the median of the mixture of their estimates, and the interval holds the INSIDE share of it.
    """
    probabilities = attribution.probabilities.iloc[0]
    likely = {str(name): float(share) for name, share in probabilities.items() if share >= LEAST_SHARE}
    dated = {artist: comparator for artist in likely if (comparator := comparators(artist)) is not None}
    if len(dated) < 2:
        return order
    estimates = [comparator.comparator.estimate(attribution.positions) for comparator in dated.values()]
    years, half_widths = np.concatenate(estimates, axis=1)
    low, year, high = mixture_quantiles(years, half_widths, weights=np.array([likely[artist] for artist in dated]))
    works = order.works.assign(
        score=round(year, 3),
        year=round(year),
        low=round(low, 1),
        high=round(high, 1),
        edtf=edtf_of_estimate(round(low, 1), round(high, 1)),
        beyond=low < order.first_year or high > order.last_year,
        doubt="",
    )
    return replace(order, works=works, dated_as=tuple(sorted(dated, key=lambda artist: -likely[artist])))


def mixture_quantiles(years: np.ndarray, half_widths: np.ndarray, *, weights: np.ndarray) -> tuple[float, float, float]:
    """Return the lower end, the median and the upper end of a mixture of normal distributions.

    years, half_widths: (n,) of the distributions' INSIDE intervals. weights: (n,), positive.
    """
    deviations, shares = np.maximum(half_widths, SHORTEST) / _HALF_WIDTHS, weights / weights.sum()
    start, end = (years - 6 * deviations).min(), (years + 6 * deviations).max()

    def quantile(share: float) -> float:
        return float(brentq(lambda year: float(shares @ norm.cdf((year - years) / deviations)) - share, start, end))

    return quantile((1 - INSIDE) / 2), quantile(0.5), quantile((1 + INSIDE) / 2)
