from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from lib.attribution.likelihood_ratio import (
    Calibration,
    Trials,
    fit_calibrated_ratio,
    fit_calibration,
    measure_calibration,
    probability,
    verdicts,
)


def gaussian_trials(*, trials: int = 6000, scale: float = 5.0, groups: int = 1) -> Trials:
    """Return trials whose evidence is `scale` times the log-likelihood ratio of two Gaussians, 2 apart."""
    random = np.random.default_rng(0)
    true = random.random(trials) < 0.3
    ratio = 2 * (random.normal(size=trials) + 2 * true) - 2
    group, fold = np.arange(trials) % groups, np.arange(trials) % 5
    return Trials(scale * ratio[:, None], true, group, fold, works=500)


def test_a_calibration_returns_the_true_ratio_whatever_the_scale_and_the_share_of_true_trials() -> None:
    trials = gaussian_trials()
    calibration = fit_calibration(trials)
    assert calibration.weights[0] == pytest.approx(1 / 5, rel=0.1)
    assert calibration.bias == pytest.approx(0, abs=0.15)


def test_no_ratio_exceeds_what_so_many_works_can_show() -> None:
    calibration = fit_calibration(replace(gaussian_trials(), works=4))
    assert calibration.log_ratios(np.array([[1e6], [-1e6]])).tolist() == [np.log(5), -np.log(5)]


def test_evidence_beyond_what_was_tried_counts_as_the_nearest_that_was() -> None:
    trials = gaussian_trials()
    calibration = fit_calibration(replace(trials, works=10**9))
    tried = np.array([trials.evidence.min(axis=0), trials.evidence.max(axis=0)])
    np.testing.assert_allclose(calibration.log_ratios(100 * tried), calibration.log_ratios(tried))


def test_figures_are_those_of_calibrations_that_did_not_see_the_trials() -> None:
    [figures] = measure_calibration(gaussian_trials())
    assert figures.auc == pytest.approx(0.921, abs=0.01)  # of two Gaussians 2 apart
    assert figures.equal_error_rate == pytest.approx(0.159, abs=0.015)
    assert figures.calibration_error < 0.03
    assert figures.by_chance < figures.calibration_error + 0.02
    assert (figures.trials, figures.true_trials) == (6000, int(gaussian_trials().true.sum()))
    assert figures.uncertain + (figures.false_accepted + figures.true_rejected) / 2 < 0.4


def test_a_group_of_one_kind_has_no_figures() -> None:
    trials = gaussian_trials(groups=2)
    one_kind = Trials(trials.evidence, trials.true & (trials.group == 1), trials.group, trials.fold, trials.works)
    assert [figures.group for figures in fit_calibrated_ratio(one_kind).figures] == [1]


def test_a_size_that_only_unknown_artists_reach_is_no_evidence_against_an_artist() -> None:
    trials = gaussian_trials(groups=2)
    only_false_when_large = trials.where(~(trials.true & (trials.group == 1)))
    with_size = np.column_stack([only_false_when_large.evidence, only_false_when_large.group])
    ratio = fit_calibrated_ratio(replace(only_false_when_large, evidence=with_size))
    assert ratio.calibration.weights[1] == pytest.approx(0, abs=1e-3)


def test_groups_weigh_the_same_and_in_each_true_trials_weigh_as_much_as_false_ones() -> None:
    trials = gaussian_trials(groups=3)
    trials = trials.where(~((trials.group == 0) & (trials.fold > 0)))
    sums = [
        trials.weights()[(trials.group == group) & (trials.true == true)].sum() for group in range(3) for true in (0, 1)
    ]
    assert sums == pytest.approx([1] * 6)


def test_there_is_no_verdict_below_odds_of_two_to_one() -> None:
    assert verdicts(np.log([2.1, 1.9, 1 / 1.9, 1 / 2.1])).tolist() == [1, 0.5, 0.5, 0]


@given(st.floats(-7, 7), st.floats(0.01, 0.99))
def test_a_probability_is_bayes_rule(log_ratio: float, prior: float) -> None:
    odds = np.exp(log_ratio) * prior / (1 - prior)
    assert probability(log_ratio, prior=prior) == pytest.approx(odds / (1 + odds))
    assert probability(log_ratio, prior=0.5) == pytest.approx(float(expit(log_ratio)))


def test_evidence_of_several_columns_is_weighed() -> None:
    calibration = Calibration((1.0, -2.0), bias=0.5, low=(-5, -5), high=(5, 5), limit=10)
    assert calibration.log_ratios(np.array([[1.0, 1.0], [0.0, -1.0]])).tolist() == [-0.5, 2.5]
