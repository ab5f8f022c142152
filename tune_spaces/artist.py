"""Search space of jobs/tune_artist.py; the names are those of the options of jobs/train_artist.py.

A missing name keeps that job's default. `architecture`, `weights`, `trainable`, `fold` and `views` must be choices, not
ranges: the activations of the frozen part of each network are computed once, before the trials.
"""

from ray import tune

# The joint search. With internet access, or with weights in files, widen `architecture`:
# tune.choice(["efficientnet_lite0", "resnet18", "resnet50", "vgg16", "densenet169"])
SPACE = {
    "architecture": tune.choice(["efficientnet_lite0"]),  # its weights are installed
    "weights": "imagenet",  # or none, to learn from scratch (then `trainable` must be all), or a file
    "trainable": tune.choice(["head", "last_block", "last_two_blocks"]),
    "views": 8,  # random views of each work whose activations are cached
    "optimizer": tune.choice(["adamw", "adam", "adagrad", "sgd", "rmsprop"]),
    "scheduler": tune.choice(["cosine", "step", "multistep", "exponential", "plateau"]),
    "learning_rate": tune.loguniform(1e-5, 1e-2),  # of the trunk
    "head_learning_rate": tune.loguniform(1e-4, 1e-1),
    "weight_decay": tune.loguniform(1e-5, 0.3),
    "dropout": tune.uniform(0.0, 0.6),
    "label_smoothing": tune.uniform(0.0, 0.2),
    "mixup_alpha": tune.uniform(0.0, 0.8),
}

# The source study's protocol, with one line for each network. These two need no internet access and train on a CPU
# (resnet10t is a small network of timm); with access add the study's own, each pretrained and from scratch:
# {"architecture": "resnet18", "weights": "imagenet", "trainable": "last_block"}
# {"architecture": "resnet18", "weights": "none", "trainable": "all"}, and resnet50, vgg16, densenet169 likewise.
NETWORKS = [
    {"architecture": "efficientnet_lite0", "weights": "imagenet", "trainable": "last_block"},
    {"architecture": "resnet10t", "weights": "none", "trainable": "all"},
]
OPTIMIZERS = ["adam", "adagrad", "sgd", "rmsprop", "adamw"]  # compared first, at the rates and scheduler of FIXED
SCHEDULERS = ["step", "multistep", "exponential", "cosine", "plateau"]  # compared next, with the best optimizer
SEEDS = [0, 1, 2]  # the networks are compared last, each with its best optimizer and scheduler
FIXED = {"learning_rate": 1e-3, "head_learning_rate": 1e-3, "scheduler": "step", "views": 8}
