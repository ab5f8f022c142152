"""Multinomial logistic regression by mini-batches: its memory does not grow with the number of works."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from lib.infra.progress import track

BATCH = 1024  # works in a step
EPOCHS = 12  # over the works, at least
FEWEST_STEPS = 1000  # also where the works fill few batches
LEARNING_RATE = 0.05  # at first; it falls to nothing along a half cosine
SMALL = 500_000  # weights that one thread updates sooner than several, which wait for each other in every step


def fit_softmax_regression(
    inputs: np.ndarray, labels: np.ndarray, *, classes: int, strengths: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return weight (strengths, classes, k) and bias (strengths, classes), float32.

    Fitted to inputs (n, k), which may lie on disk, of classes (n,), on a GPU where there is one. strengths: inverses of
    the regularisation, as in scikit-learn: the sum of the losses times a strength, and half the squared weights, are
    least together. All are fitted side by side by Adam (Kingma and Ba 2015).
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    weight = torch.zeros(len(strengths), classes, inputs.shape[1], device=device, requires_grad=True)
    bias = torch.zeros(len(strengths), classes, device=device, requires_grad=True)
    decay = torch.tensor([1 / (2 * strength * len(inputs)) for strength in strengths], device=device)
    steps = steps_of(len(inputs))
    optimizer = torch.optim.Adam([weight, bias], lr=LEARNING_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    with threads_for(weight.numel()):
        drawn = batches(len(inputs), steps=steps)
        for rows in track(drawn, "artist head: regression", total=steps, unit="steps", brief=True):
            batch = torch.from_numpy(np.asarray(inputs[rows], dtype=np.float32)).to(device)
            logits = (batch @ weight.flatten(end_dim=1).T).unflatten(1, (len(strengths), classes)) + bias
            targets = torch.from_numpy(labels[rows]).to(device)
            losses = [cross_entropy(each, targets) for each in logits.unbind(1)]
            optimizer.zero_grad()
            (torch.stack(losses) + decay * (weight**2).sum(dim=(1, 2))).sum().backward()
            optimizer.step()
            schedule.step()
    return weight.detach().cpu().numpy(), bias.detach().cpu().numpy()


def steps_of(works: int) -> int:
    """Return the number of steps for so many works: whole epochs."""
    each = works // min(BATCH, works)
    return each * max(EPOCHS, -(-FEWEST_STEPS // each))


def batches(works: int, *, steps: int) -> Iterator[np.ndarray]:
    """Yield the row numbers of the batches, shuffled anew in each epoch; each batch is in the order of the disk."""
    random, size = np.random.default_rng(0), min(BATCH, works)
    each = works // size
    for _ in range(steps // each):
        order = random.permutation(works)
        yield from (np.sort(order[place * size : (place + 1) * size]) for place in range(each))


@contextmanager
def threads_for(weights: int) -> Iterator[None]:
    """Use one thread of PyTorch for few weights."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if weights < SMALL else threads)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
