"""The figures of each task, each beside what a simple answer would reach, and with the number of cases behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from lib.data.paintings import years_of
from lib.scoring.answers import RANKED
from lib.stats.bootstrap import Interval, bootstrap_interval
from lib.stats.calibration import error_by_chance, reliability
from lib.stats.metrics import order_quality
from lib.stats.verification import equal_error_rate
from lib.stats.years import Years

MISSED = 0.2  # share of works that may lie outside the intervals that are asked for
INTERVAL_FIGURES: dict[str, Literal["share", "years"]] = {
    "works inside the 80 % interval": "share",
    "width of the interval": "years",
    "interval score, lower is better": "years",
}


@dataclass(frozen=True)
class Figure:
    """A figure of merit. value, baseline: in `unit`, a share between 0 and 1, years, or plain numbers.

    baseline_name: whose answer the baseline is. cases: what was counted, in words; empty where it is the same as for
    the figure before. interval: 95 %, over artists; None where none is computed.
    """

    name: str
    unit: Literal["share", "years", "number"]
    value: float
    baseline: float
    baseline_name: str
    cases: str = ""
    interval: Interval | None = None


def order_figures(asked: pd.DataFrame, answers: pd.DataFrame) -> list[Figure]:
    """Return pair accuracy and tau, means over artists. asked: artist, earliest, latest. answers: score, row by row.

    Equal scores count half in pairs, and an artist whose scores are all equal has a tau of 0.
    """
    scores = answers["score"].to_numpy()
    qualities = [order_quality(scores[rows], years_of(asked.iloc[rows])) for rows in _rows_by_artist(asked)]
    ordered = [quality for quality in qualities if quality.pairs]
    pairs, ties = (sum(getattr(quality, name) for quality in qualities) for name in ("pairs", "ties_excluded"))
    cases = f"{len(ordered):,} artists, {pairs:,} pairs, without {ties:,} pairs of equal or overlapping years"
    accuracies = [quality.pair_accuracy or 0 for quality in ordered]
    taus = [quality.kendall_tau or 0 for quality in ordered]
    return [
        _mean("pair accuracy", "share", accuracies, baseline=0.5, baseline_name="chance", cases=cases),
        _mean("Kendall's tau", "number", taus, baseline=0, baseline_name="chance"),
    ]


def date_figures(works: pd.DataFrame, answers: pd.DataFrame) -> list[Figure]:
    """Return the error of the year and, where there are intervals, how good these are; means over artists.

    works: of for_task(). answers: year and perhaps low and high, for the works that are asked. The baselines are the
    median of the artist's years outside the test split, and the interval between their quantiles.
    """
    asked = works[works["asked"]].reset_index(drop=True)
    learned = works[works["split"] != "test"]
    rows = []
    for positions in _rows_by_artist(asked):
        of_artist = asked.iloc[positions]
        years = years_of(of_artist)
        known = years_of(learned[learned["artist"] == of_artist["artist"].iloc[0]]).midpoints
        given = answers.iloc[positions]
        row = {
            "error": years.distances(given["year"].to_numpy()).mean(),
            "error of the median": years.distances(np.full(len(years), np.median(known))).mean(),
        }
        if "low" in given:
            ends = np.quantile(known, [MISSED / 2, 1 - MISSED / 2])
            row |= _interval_figures(years, given["low"].to_numpy(), given["high"].to_numpy())
            constant = _interval_figures(years, *(np.full(len(years), end) for end in ends))
            row |= {f"{name} of quantiles": value for name, value in constant.items()}
        rows.append(row)
    artists = pd.DataFrame(rows)
    cases = f"{len(artists):,} artists"
    median, quantiles = "median year of the artist", "quantiles of the artist's years"
    error, baseline = artists["error"], artists["error of the median"]
    figures = [
        _mean("error of the year", "years", error, baseline=baseline.mean(), baseline_name=median, cases=cases),
        Figure(
            "error, of the median year's", "number", error.mean() / baseline.mean(), 1.0, median,
            interval=bootstrap_interval(
                lambda a, b, axis: a.mean(axis) / b.mean(axis), error.to_numpy(), baseline.to_numpy()
            ),
        ),
    ]  # fmt: skip
    for name, unit in INTERVAL_FIGURES.items():
        if name in artists:
            baseline = artists[f"{name} of quantiles"]
            figures.append(_mean(name, unit, artists[name], baseline=baseline.mean(), baseline_name=quantiles))
    return figures


def _interval_figures(years: Years, low: np.ndarray, high: np.ndarray) -> dict[str, float]:
    """Return INTERVAL_FIGURES of intervals (n,) and the years of the same works.

    The interval score (Gneiting and Raftery 2007) is the width and, for a year outside, its distance times 2 / MISSED:
    the interval with the best expected score is the one that holds the year with probability 1 - MISSED.
    """
    missed_by = np.maximum(0, np.maximum(low - years.latest, years.earliest - high))
    width = high - low
    values = ((missed_by == 0).mean(), width.mean(), (width + 2 / MISSED * missed_by).mean())
    return dict(zip(INTERVAL_FIGURES, map(float, values), strict=True))


def artist_figures(works: pd.DataFrame, answers: pd.DataFrame) -> list[Figure]:
    """Return top-1 and, where answers are ranked, top-5 over works, beside always naming the commonest artists.

    works: of for_task(). answers: columns of RANKED, null where nobody more is named.
    """
    asked = works[works["asked"]]
    truth = asked["artist"].to_numpy()
    learned = works.loc[works["split"] != "test", "artist"]
    commonest = sorted(learned.value_counts().items(), key=lambda item: (-item[1], item[0]))[: len(RANKED)]
    names = [artist for artist, _ in commonest]
    right = answers.to_numpy(dtype=object) == truth[:, None]
    cases = f"{asked['artist'].nunique():,} artists"
    figures = [Figure("top-1", "share", right[:, 0].mean(), (truth == names[0]).mean(), "commonest artist", cases)]
    if answers.shape[1] > 1:
        baseline = asked["artist"].isin(names).mean()
        figures.append(Figure("top-5", "share", right.any(axis=1).mean(), baseline, "five commonest artists"))
    return figures


def verify_figures(pairs: pd.DataFrame, answers: pd.DataFrame) -> list[Figure]:
    """Return the figures of verification over seen and over unseen artists. pairs: same, unseen.

    answers: score, or probability that a pair is by one artist, which has a calibration error too. Pairs of one kind
    alone have no figures.
    """
    figures = []
    for unseen, name in ((False, "seen artists"), (True, "unseen artists")):
        rows = (pairs["unseen"] == unseen).to_numpy()
        same, column = pairs["same"].to_numpy()[rows], answers.columns[0]
        scores = answers[column].to_numpy()[rows]
        if len(np.unique(same)) < 2:
            continue
        cases = f"{len(same):,} pairs, {same.sum():,} of them by one artist"
        figures += [
            Figure(f"{name}: AUC", "number", float(roc_auc_score(same, scores)), 0.5, "chance", cases),
            Figure(f"{name}: equal error rate", "share", equal_error_rate(scores, same), 0.5, "chance"),
        ]
        if column == "probability":
            both = np.stack([1 - scores, scores], axis=1)
            error = reliability(both, same.astype(int)).expected_error()
            by_chance = error_by_chance(both)
            figures.append(Figure(f"{name}: calibration error", "share", error, by_chance, "perfectly calibrated"))
    return figures


def _rows_by_artist(asked: pd.DataFrame) -> list[np.ndarray]:
    return [np.asarray(rows) for _, rows in sorted(asked.groupby("artist").indices.items())]


def _mean(
    name: str,
    unit: Literal["share", "years", "number"],
    values: Sequence[float] | pd.Series,
    *,
    baseline: float,
    baseline_name: str,
    cases: str = "",
) -> Figure:
    """Return the mean over artists with its interval."""
    array = np.asarray(values, dtype=np.float64)
    interval = bootstrap_interval(np.mean, array)
    return Figure(name, unit, float(array.mean()), float(baseline), baseline_name, cases, interval)
