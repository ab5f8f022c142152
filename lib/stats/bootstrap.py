"""How far a mean over artists would move with other artists."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import bootstrap

Interval = tuple[float, float]  # 95 %


def bootstrap_interval(statistic: Callable[..., Any], *samples: np.ndarray) -> Interval | None:
    """Return the 95 % percentile interval of a statistic of paired samples (Efron and Tibshirani 1993).

    None for fewer than two cases.
    """
    if len(samples[0]) < 2:
        return None
    result = bootstrap(samples, statistic, paired=True, n_resamples=2000, method="percentile", rng=0)
    return float(result.confidence_interval.low), float(result.confidence_interval.high)
