"""The words in which a training reports an epoch and resumes from it."""

from typing import Any

Row = dict[str, float]  # figures of one epoch
State = dict[str, Any]  # tensors, numbers, lists and dicts only: it is read back with weights_only
