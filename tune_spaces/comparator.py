"""What jobs/tune_comparator.py searches; the names are those of lib.sweeps.comparator.Settings."""

from ray import tune

SPACE = {
    "tilt": tune.uniform(0.0, 3.0),  # depth n of the backbone weighs n ** tilt
    "gamma": tune.loguniform(0.05, 3.2),  # of the similarity, by squared distance over the artist's median one
    "noise": tune.loguniform(1e-6, 1.0),  # variance of a year's noise over that of the style's signal
}
