"""Everything a report says of a trained artist network, from what it makes of the paintings."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import softmax

from lib.attribution.figures import (
    Described,
    attribution,
    by_artist,
    confusions,
    labels_of,
    study_protocol,
    votes_by_size,
)
from lib.stats.calibration import (
    Reliability,
    error_by_chance,
    fit_temperature,
    ood_score,
    rejection,
    reliability,
    threshold_of,
)
from lib.training.loop import State
from lib.training.plan import Plan


@dataclass(frozen=True)
class HeldOutCalibration:
    """What was learned from a network that never saw some artists.

    refused: share of known works to call unknown, which carries over to another network better than a threshold does.
    figures: of rejection() on the network of the held_out_calibration. by_size: of unknown_by_size(). artists: those held out.
    """

    refused: float
    figures: dict[str, Any]
    by_size: list[dict[str, Any]]
    artists: list[str]


def measure(
    plan: Plan, state: State, *, judged: Described, final: Described, held_out_calibration: HeldOutCalibration | None
) -> dict[str, Any]:
    """Return the contents of metrics.json.

    state, judged: of the network that never saw val, which gives the temperature, the threshold and the figures of val.
    final: the same paintings as the network sees them that is kept, which gives all else, from test.
    """
    splits, labels = final.paintings["split"].to_numpy(), labels_of(final.paintings, plan.artists)
    on = {split: (splits == split) & (labels >= 0) for split in ("train", "val", "test")}
    temperature = fit_temperature(judged.logits[on["val"]], labels[on["val"]])
    val = softmax(judged.logits[on["val"]] / temperature, axis=1)
    probabilities = softmax(final.logits / temperature, axis=1)
    asked = (probabilities[on["test"]], labels[on["test"]])
    threshold = threshold_of(ood_score(val), refused=held_out_calibration.refused) if held_out_calibration else None
    before = reliability(softmax(final.logits[on["test"]], axis=1), labels[on["test"]])
    return {
        "plan": plan.card(),
        "history": state["history"],
        "val": attribution(val, labels[on["val"]], majority=commonest(labels[on["train"]])),
        "test": attribution(*asked, majority=commonest(labels[on["train"]])),
        "calibration": calibration_figures(
            before, reliability(*asked), temperature=temperature, chance=error_by_chance(asked[0])
        ),
        "threshold": threshold,
        "unknown": unknown_figures(
            probabilities[splits == "test"], labels[splits == "test"], held_out_calibration, threshold
        ),
        "unknown_by_size": held_out_calibration.by_size if held_out_calibration else [],
        "by_artist": by_artist(*asked, plan.artists).to_dict("records"),
        "confusions": confusions(*asked, plan.artists).to_dict("records"),
        "votes": votes_by_size(*asked),
        "protocol": study_protocol(probabilities, labels, splits, plan.artists),
    }


def commonest(labels: np.ndarray) -> int:
    """Return the label that most works have."""
    return int(np.bincount(labels).argmax())


def calibration_figures(
    before: Reliability, after: Reliability, *, temperature: float, chance: float
) -> dict[str, Any]:
    """Return the expected calibration errors, with what chance alone would give, and the bins behind them."""
    errors = {"error_uncalibrated": before.expected_error(), "error": after.expected_error(), "error_by_chance": chance}
    return {"temperature": temperature, **errors, "before": before.card(), "after": after.card()}


def unknown_figures(
    probabilities: np.ndarray,
    labels: np.ndarray,
    held_out_calibration: HeldOutCalibration | None,
    threshold: float | None,
) -> dict[str, Any]:
    """Return how unknown artists were noticed in the held_out_calibration, and among test works: those with labels below 0."""
    if held_out_calibration is None or threshold is None:
        return {}
    found = {"artists held out": held_out_calibration.figures}
    unknown = labels < 0
    if unknown.any() and not unknown.all():
        found["test"] = rejection(ood_score(probabilities), unknown, threshold=threshold)
    return found
