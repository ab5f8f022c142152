"""A list scheduler over tasks and nodes, some of which are lost, simulated for benchmarks/scale.py."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

SIMULATED = 5_000  # tasks at most; of more, as many spread over the list, and the time is scaled by the work
SPREAD = 0.3  # of task lengths, as a lognormal's sigma


@dataclass(frozen=True)
class Fleet:
    """nodes of so many cores each. start: seconds until a node is there. loss: chance that it is lost in an hour."""

    nodes: int
    cores: int
    start: float = 0.0
    loss: float = 0.0


def lives(fleet: Fleet, random: np.random.Generator) -> Iterator[tuple[float, float]]:
    """Yield when one node after another, each in place of the one before, is there and is lost."""
    there = fleet.start
    while True:
        lost = there + random.exponential(3600 / fleet.loss) if fleet.loss else np.inf
        yield there, lost
        there = lost + fleet.start


def duration(tasks: np.ndarray, fleet: Fleet) -> tuple[float, int]:
    """Return the seconds that all tasks take, the longest at least, and how many were lost and redone."""
    step = -(-len(tasks) // SIMULATED)
    shorter = replace(fleet, start=fleet.start / step, loss=fleet.loss * step)  # as much happens in the shorter time
    end, lost = makespan(tasks[::step], shorter)
    return max(end * float(tasks.sum() / tasks[::step].sum()), float(tasks.max())), lost


def makespan(tasks: np.ndarray, fleet: Fleet, *, seed: int = 0) -> tuple[float, int]:
    """Return the seconds that a list scheduler takes over the tasks, in their order, and how many were lost and redone.

    The next task goes to the core that is free first. A lost node loses what its cores were at; another replaces it.
    """
    random = np.random.default_rng(seed)
    lengths = tasks * random.lognormal(-(SPREAD**2) / 2, SPREAD, len(tasks))
    places = [lives(fleet, random) for _ in range(fleet.nodes)]
    spans = [[next(place)] for place in places]
    free = [(spans[node][0][0], node, core) for node in range(fleet.nodes) for core in range(fleet.cores)]
    heapq.heapify(free)
    waiting: list[float] = []
    position, end, lost = 0, 0.0, 0
    while waiting or position < len(lengths):
        at, node, core = heapq.heappop(free)
        while spans[node][-1][1] <= at:
            spans[node].append(next(places[node]))
        there, gone = next(span for span in spans[node] if span[1] > at)
        if waiting:
            length = waiting.pop()
        else:
            length, position = float(lengths[position]), position + 1
        done = max(at, there) + length
        if done > gone:
            waiting.append(length)
            lost += 1
            heapq.heappush(free, (gone, node, core))
        else:
            end = max(end, done)
            heapq.heappush(free, (done, node, core))
    return end, lost
