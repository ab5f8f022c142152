"""Embeddings on a page: flat maps coloured by year (UMAP, McInnes et al. 2018), and one to move about in."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.express as px
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from PIL import Image

from lib.data.dataset import painting_parts
from lib.data.images import decode_rgb
from lib.infra.atomic import atomic_file
from lib.infra.paths import read_parquet

SHOWN = 2000  # works in the interactive map at most: each carries a picture of about 3 kB
THUMBNAIL = 96  # pixels, the longer side
COLOURS = "viridis"
SHADES = 12  # of the flat maps, each for as many works: years of a catalogue lie close together and far apart

# Shows the painting under the pointer. Titles are set as text, so that none of them is read as HTML.
HOVER = """
const plot = document.getElementById("{plot_id}");
const card = document.createElement("div");
card.style.cssText = "position:fixed;display:none;background:#fff;border:1px solid #999;padding:6px;" +
  "max-width:220px;font:12px sans-serif;pointer-events:none;z-index:9";
const picture = card.appendChild(document.createElement("img"));
const words = card.appendChild(document.createElement("div"));
document.body.appendChild(card);
plot.on("plotly_hover", ({points: [point], event}) => {
  const [thumbnail, text] = point.customdata;
  picture.src = thumbnail;
  words.textContent = text;
  card.style.left = Math.min(event.clientX + 14, window.innerWidth - 240) + "px";
  card.style.top = Math.min(event.clientY + 14, window.innerHeight - 170) + "px";
  card.style.display = "block";
});
plot.on("plotly_unhover", () => { card.style.display = "none"; });
"""


def flat_maps(snapshots: dict[str, np.ndarray], *, seed: int) -> dict[int, np.ndarray]:
    """Return a map (n, 2) for the places (n, d) of each epoch; each begins at the last, so that clusters stay put."""
    from umap import UMAP  # takes seconds to import

    maps: dict[int, np.ndarray] = {}
    start: Any = "pca"
    for epoch in sorted(map(int, snapshots)):
        places = snapshots[str(epoch)].astype(np.float32)
        neighbours = min(15, len(places) - 1)
        flat = UMAP(n_neighbors=neighbours, init=start, random_state=seed, n_jobs=1).fit_transform(places)
        maps[epoch] = start = flat
    return maps


def map_picture(flat: np.ndarray, works: pd.DataFrame, *, title: str) -> Figure:
    """Draw the works of train and of test side by side; flat: (n, 2). works: n rows of year, split."""
    figure = Figure(figsize=(9, 4.4), layout="constrained")
    shades = BoundaryNorm(np.unique(works["year"].quantile(np.linspace(0, 1, SHADES + 1)).round()), 256)
    for axes, split in zip(figure.subplots(1, 2, sharex=True, sharey=True), ("train", "test"), strict=True):
        rows = (works["split"] == split).to_numpy()
        dots = axes.scatter(*flat[rows].T, c=works["year"][rows], cmap=COLOURS, norm=shades, s=9, linewidths=0)
        axes.set(title=f"{split} ({rows.sum()} works)", xticks=[], yticks=[])
        axes.title.set_fontsize(10)
    figure.colorbar(dots, ax=figure.axes, label="year, each shade for as many works")
    figure.suptitle(title, fontsize=11)
    return figure


def write_interactive(path: Path, flat: np.ndarray, works: pd.DataFrame, *, dataset: Path) -> None:
    """Write a page, complete in itself, with a map that shows the painting under the pointer.

    flat: (n, 2). works: n rows of painting_id, artist, year, split. Of more than SHOWN works, those of test come
    first, the rest by chance.
    """
    chance = np.random.default_rng(0).permutation(len(works))
    rows = np.sort(np.lexsort((chance, works["split"] != "test"))[:SHOWN])
    shown, flat = works.iloc[rows], flat[rows]
    told = thumbnails(dataset, shown["painting_id"].tolist())
    frame = shown.assign(x=flat[:, 0], y=flat[:, 1]).merge(told, on="painting_id", how="left", sort=False)
    frame["text"] = frame["artist"] + ", " + frame["title"].fillna("untitled") + ", " + frame["year"].astype(str)
    frame["rank"] = frame["year"].rank(pct=True)
    figure = px.scatter(
        frame,
        x="x",
        y="y",
        color="rank",
        symbol="split",
        custom_data=["thumbnail", "text"],
        color_continuous_scale=COLOURS,
        range_color=[0, 1],
        render_mode="svg",  # not every browser has WebGL
        title=f"{len(frame)} of {len(works)} works by their place in the embedding",
    )
    ticks = np.linspace(0, 1, 6)
    years = frame["year"].quantile(ticks).round().astype(int).astype(str).tolist()
    figure.update_coloraxes(colorbar={"title": "year", "tickvals": ticks.tolist(), "ticktext": years})
    figure.update_traces(hoverinfo="none", hovertemplate=None, marker_size=8)
    figure.update_xaxes(visible=False).update_yaxes(visible=False)
    figure.update_layout(template="plotly_white", legend={"orientation": "h"})
    with atomic_file(path) as aside:
        page = figure.to_html(include_plotlyjs=True, post_script=HOVER, config={"displaylogo": False})
        aside.write_text(page, encoding="utf-8")


def thumbnails(dataset: Path, painting_ids: list[str]) -> pd.DataFrame:
    """Return painting_id, title and thumbnail (a data URI) of these works."""
    rows = []
    for part in painting_parts(dataset):
        table = read_parquet(
            part, columns=["painting_id", "title", "image"], filters=[("painting_id", "in", painting_ids)]
        )
        for row in table.to_pylist():
            uri = data_uri(decode_rgb(row["image"]))
            rows.append({"painting_id": row["painting_id"], "title": row["title"], "thumbnail": uri})
    return pd.DataFrame(rows, columns=["painting_id", "title", "thumbnail"])


def data_uri(image: Image.Image) -> str:
    """Return a small JPEG of a picture as a data URI."""
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=60)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
