"""What the models do worst, shown instead of hidden: artists that are mistaken for others, and wrong orders."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.attribution.figures import by_artist
from lib.data.dataset import painting_parts, read_part
from lib.data.images import decode_rgb
from lib.dating.comparator import Comparator
from lib.reports.plots import timeline

ARTISTS, ORDERS = 10, 3  # told and drawn
SHOWN = 24  # works of an order, spread over it


def worst_named(answers: np.ndarray, labels: np.ndarray, artists: list[str]) -> list[dict[str, Any]]:
    """Return the ARTISTS least often named rightly: artist, n (test works), top1, taken_for (the commonest mistake).

    answers: probabilities (n, artists). labels: (n,) columns of the right artists. At equal shares, most works first.
    """
    if not len(labels):
        return []
    worst = by_artist(answers, labels, artists).head(ARTISTS)
    return [
        {"artist": row.artist, "n": row.works, "top1": row.top1, "taken_for": row.most_often or None}
        for row in worst.itertuples()
    ]


def worst_orders(rows: list[dict[str, Any]], *, min_works: int) -> list[dict[str, Any]]:
    """Return those ORDERS rows with the lowest tau, of artists with at least `min_works`."""
    asked = [row for row in rows if row["works"] >= min_works and row["kendall_tau"] is not None]
    return sorted(asked, key=lambda row: row["kendall_tau"])[:ORDERS]


def read_test_works(dataset: Path, artists: list[str]) -> pd.DataFrame:
    """Return painting_id and image (JPEG bytes) of the test works of these artists."""
    columns = ["painting_id", "image"]
    parts = painting_parts(dataset)
    return pd.concat([read_part(part, columns=columns, splits=["test"], artists=artists).to_pandas() for part in parts])


def draw_order(
    comparator: Comparator, positions: np.ndarray, paintings: pd.DataFrame, images: pd.Series, *, title: str
) -> Figure:
    """Draw works in their estimated order, each with the year and the place that it should have.

    positions: (n, d). paintings: n rows of painting_id, year. images: JPEG bytes by painting_id.
    """
    years, half_widths = comparator.estimate(positions)
    true = paintings["year"].to_numpy()
    places = pd.Series(true).rank(method="min").astype(int).to_numpy()
    order = np.argsort(years, kind="stable")
    order = order[np.unique(np.linspace(0, len(order) - 1, SHOWN).round().astype(int))]
    return timeline(
        [decode_rgb(images[paintings["painting_id"].iloc[row]]) for row in order],
        years=years[order],
        low=(years - half_widths)[order],
        high=(years + half_widths)[order],
        labels=[f"made {true[row]}, place {places[row]} of {len(true)}" for row in order],
        title=title,
    )
