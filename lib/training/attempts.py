"""Transitional."""

from lib.training.ray_train import outlasting_lost_workers as outlasting_lost_workers
