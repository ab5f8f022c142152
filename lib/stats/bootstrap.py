"""How far a mean over artists would move with other artists."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import bootstrap

RESAMPLES = 2000
AT_ONCE = 2_000_000  # drawn cases in memory

Interval = tuple[float, float]  # 95 %


def bootstrap_interval(statistic: Callable[..., Any], *samples: np.ndarray) -> Interval | None:
    """Return the 95 % percentile interval of a statistic of paired samples (Efron and Tibshirani 1993).

    None for fewer than two cases.
    """
    if len(samples[0]) < 2:
        return None
    batch = max(1, min(RESAMPLES, AT_ONCE // len(samples[0])))
    result = bootstrap(samples, statistic, paired=True, n_resamples=RESAMPLES, batch=batch, method="percentile", rng=0)
    return float(result.confidence_interval.low), float(result.confidence_interval.high)
