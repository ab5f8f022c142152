"""Search space of jobs/tune_date_embedding.py; the names are those of the options of jobs/train_date_embedding.py.

A missing name keeps that job's default. Every `far` must be greater than every `close`.
"""

from ray import tune

SPACE = {
    "miner": tune.choice(["all", "hard", "semihard"]),
    "batching": tune.choice(["artist", "random"]),
    "close": tune.choice([1, 2, 3, 4, 5]),  # years
    "far": tune.choice([6, 8, 12, 16]),  # years
    "margin": tune.uniform(0.05, 0.5),
    "dimensions": tune.choice([32, 64, 128]),
    "dropout": tune.uniform(0.2, 0.8),
    "learning_rate": tune.loguniform(1e-4, 3e-3),
    "weight_decay": tune.loguniform(1e-4, 0.3),
}
