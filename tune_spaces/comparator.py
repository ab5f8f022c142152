"""Search space of jobs/tune_comparator.py; the names are those of the options of jobs/train_per_artist.py."""

from ray import tune

SPACE = {
    "tilt": tune.uniform(0.0, 3.0),  # depth n of the backbone has the weight n ** tilt
    "gamma": tune.loguniform(0.05, 3.2),  # inverse width of the kernel, in median squared distances
    "noise": tune.loguniform(1e-6, 1.0),  # variance of the noise of a year over that of the signal of the style
}
