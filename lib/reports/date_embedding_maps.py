"""Maps of a date embedding: flat ones coloured by year (UMAP, McInnes et al. 2018), and an interactive one."""

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

from lib.data.dataset import Dataset
from lib.data.images import decode_rgb
from lib.dating.date_embedding.plan import DateEmbeddingPlan
from lib.dating.date_embedding.works import mapped_rows
from lib.infra.atomic import atomic_file
from lib.infra.paths import make_folder
from lib.infra.progress import track
from lib.training.loop import State

SHOWN = 2000  # most works in the interactive map: each carries a thumbnail of about 3 kB
THUMBNAIL = 96  # pixels, the longer side
COLOURS = "viridis"
SHADES = 12  # of the flat maps, each for as many works, because years of a catalogue are unevenly spread

# Shows the painting under the pointer. Titles are set as text, so none of them is interpreted as HTML.
HOVER = """
const plot = document.getElementById("{plot_id}");
const tooltip = document.createElement("div");
tooltip.style.cssText = "position:fixed;display:none;background:#fff;border:1px solid #999;padding:6px;" +
  "max-width:220px;font:12px sans-serif;pointer-events:none;z-index:9";
const picture = tooltip.appendChild(document.createElement("img"));
const caption = tooltip.appendChild(document.createElement("div"));
document.body.appendChild(tooltip);
plot.on("plotly_hover", ({points: [point], event}) => {
  const [thumbnail, text] = point.customdata;
  picture.src = thumbnail;
  caption.textContent = text;
  tooltip.style.left = Math.min(event.clientX + 14, window.innerWidth - 240) + "px";
  tooltip.style.top = Math.min(event.clientY + 14, window.innerHeight - 170) + "px";
  tooltip.style.display = "block";
});
plot.on("plotly_unhover", () => { tooltip.style.display = "none"; });
"""


def draw_maps(state: State, plan: DateEmbeddingPlan, *, dataset: Dataset, out: Path) -> list[int]:
    """Draw a map of each snapshot and an interactive one of the last into `out`; return the epochs.

    A dataset of embeddings alone has no pictures for an interactive map.
    """
    folder, works = make_folder(out / "maps"), plan.works.iloc[mapped_rows(plan.works)]
    snapshots = {int(epoch): embeddings.numpy() for epoch, embeddings in state["snapshots"].items()}
    maps = flat_maps(snapshots, seed=plan.recipe.seed)
    for epoch, flat in maps.items():
        title = f"after epoch {epoch}" if epoch else "before the first epoch"
        map_picture(flat, works, title=title).savefig(folder / map_name(epoch), dpi=100)
    if dataset.parts():
        write_interactive(out / "map.html", maps[max(maps)], works, dataset=dataset)
    else:
        print("the dataset holds no pictures: no interactive map is drawn")
    return sorted(maps)


def map_name(epoch: int) -> str:
    """Return the file name of the map of an epoch."""
    return f"epoch-{epoch:03}.png"


def flat_maps(snapshots: dict[int, np.ndarray], *, seed: int) -> dict[int, np.ndarray]:
    """Return a map (n, 2) of the embeddings (n, d) of each epoch.

    Each map is initialised with the one before, so that clusters keep their positions.
    """
    from umap import UMAP  # takes seconds to import

    maps: dict[int, np.ndarray] = {}
    start: Any = "pca"
    for epoch in track(sorted(snapshots), "maps", total=len(snapshots), unit="maps", brief=True):
        embeddings = snapshots[epoch].astype(np.float32)
        umap = UMAP(n_neighbors=min(15, len(embeddings) - 1), init=start, random_state=seed, n_jobs=1)
        maps[epoch] = start = umap.fit_transform(embeddings)
    return maps


def map_picture(flat: np.ndarray, works: pd.DataFrame, *, title: str) -> Figure:
    """Draw the train and the test works side by side; flat: (n, 2), works: n rows of year, split."""
    figure = Figure(figsize=(9, 4.4), layout="constrained")
    shades = BoundaryNorm(np.unique(works["year"].quantile(np.linspace(0, 1, SHADES + 1)).round()), 256)
    for axes, split in zip(figure.subplots(1, 2, sharex=True, sharey=True), ("train", "test"), strict=True):
        rows = (works["split"] == split).to_numpy()
        dots = axes.scatter(*flat[rows].T, c=works["year"][rows], cmap=COLOURS, norm=shades, s=9, linewidths=0)
        axes.set(title=f"{split} ({rows.sum()} works)", xticks=[], yticks=[])
        axes.title.set_fontsize(10)
    figure.colorbar(dots, ax=figure.axes, label="year, each shade for the same number of works")
    figure.suptitle(title, fontsize=11)
    return figure


def write_interactive(path: Path, flat: np.ndarray, works: pd.DataFrame, *, dataset: Dataset) -> None:
    """Write a self-contained page with a map that shows the painting under the pointer.

    flat: (n, 2). works: n rows of painting_id, artist, year, split. Of more than SHOWN works it shows the test works
    first, and others drawn at random.
    """
    chance = np.random.default_rng(0).permutation(len(works))
    rows = np.sort(np.lexsort((chance, works["split"] != "test"))[:SHOWN])
    shown, flat = works.iloc[rows], flat[rows]
    pictures = thumbnails(dataset, shown["painting_id"].tolist())
    frame = shown.assign(x=flat[:, 0], y=flat[:, 1]).merge(pictures, on="painting_id", how="left", sort=False)
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
        title=f"{len(frame)} of {len(works)} works by their position in the embedding",
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


def thumbnails(dataset: Dataset, painting_ids: list[str]) -> pd.DataFrame:
    """Return painting_id, title and thumbnail (a data URI) of paintings."""
    titles = dataset.paintings(columns=["painting_id", "title"]).set_index("painting_id")["title"]
    uris = {name: data_uri(decode_rgb(jpeg)) for name, jpeg in dataset.images(painting_ids).items()}
    frame = pd.DataFrame({"painting_id": list(uris), "thumbnail": list(uris.values())})
    return frame.assign(title=frame["painting_id"].map(titles))


def data_uri(image: Image.Image) -> str:
    """Return a small JPEG of an image as a data URI."""
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=60)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
