"""Whether works are by an artist that the models know at all."""

from typing import Literal

# Share of the vote below which the artist of a set counts as unknown. Measured with a quarter of 83 artists held out of
# the head in turn, on works outside train and val: of the sets of 1, 5, 10 and 20 works by known artists that are named
# correctly, 90, 79, 87 and 97 % count as known; of the sets by held-out artists, 69, 20, 14 and 12 % do by mistake.
# For a single work it says little.
KNOWN_SHARE = 0.35

Verdict = Literal["known", "unknown"]


def verdict(share: float) -> Verdict:
    """Return whether an artist with this share of the vote of a set, 0 to 1, counts as its artist."""
    return "known" if share >= KNOWN_SHARE else "unknown"
