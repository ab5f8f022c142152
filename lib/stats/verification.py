"""Figures of merit of verification: are two works by one artist?"""

import numpy as np
from sklearn.metrics import roc_curve


def equal_error_rate(scores: np.ndarray, same: np.ndarray) -> float:
    """Return the share of wrong answers at the threshold that is wrong equally often on both kinds of pairs.

    scores: (pairs,), higher for pairs that are by one artist. same: (pairs,), true where they are; both kinds must
    occur. Between two thresholds the rate is interpolated. A coin gives 0.5.
    """
    false_positives, true_positives, _ = roc_curve(same, scores)
    return float(np.interp(0, false_positives + true_positives - 1, false_positives))
