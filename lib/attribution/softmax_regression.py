"""Multinomial logistic regression by mini-batches: its memory does not grow with the number of works."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from lib.attribution.mini_batches import mini_batches, steps_of
from lib.infra.tasks import Done, Long

SAID = 20  # steps after which it is said how far the fit is
LEARNING_RATE = 0.05  # at first; it falls to nothing along a half cosine
SMALL = 500_000  # weights that one thread updates sooner than several, which wait for each other in every step

Fitted = tuple[np.ndarray, np.ndarray]  # weight (strengths, classes, k) and bias (strengths, classes), float32


def fit_softmax_regression(
    inputs: np.ndarray, labels: np.ndarray, *, classes: int, strengths: Sequence[float]
) -> Long[Fitted]:
    """Fit to inputs (n, k), which may lie on disk, of classes (n,), on a GPU where there is one. Units are steps.

    strengths: inverses of the regularisation, as in scikit-learn: the sum of the losses times a strength, and half the
    squared weights, are least together. All are fitted side by side by Adam (Kingma and Ba 2015).
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    weight = torch.zeros(len(strengths), classes, inputs.shape[1], device=device, requires_grad=True)
    bias = torch.zeros(len(strengths), classes, device=device, requires_grad=True)
    decay = torch.tensor([1 / (2 * strength * len(inputs)) for strength in strengths], device=device)
    steps = steps_of(len(inputs))
    optimizer = torch.optim.Adam([weight, bias], lr=LEARNING_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    with threads_for(weight.numel()):
        for step, rows in enumerate(mini_batches(len(inputs)), start=1):
            batch = torch.from_numpy(np.asarray(inputs[rows], dtype=np.float32)).to(device)
            logits = (batch @ weight.flatten(end_dim=1).T).unflatten(1, (len(strengths), classes)) + bias
            targets = torch.from_numpy(labels[rows]).to(device)
            losses = [cross_entropy(each, targets) for each in logits.unbind(1)]
            optimizer.zero_grad()
            (torch.stack(losses) + decay * (weight**2).sum(dim=(1, 2))).sum().backward()
            optimizer.step()
            schedule.step()
            if step % SAID == 0 or step == steps:
                yield (step - 1) % SAID + 1
    yield Done((weight.detach().cpu().numpy(), bias.detach().cpu().numpy()))


@contextmanager
def threads_for(weights: int) -> Iterator[None]:
    """Use one thread of PyTorch for few weights."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if weights < SMALL else threads)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
