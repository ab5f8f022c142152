"""What a verification leaves: a sentence, works.csv, nearest.csv, left_out.csv, verification.json and a picture."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image, ImageOps

from lib.data.images import decode_rgb
from lib.infra.atomic import atomic_file, write_json
from lib.infra.spreadsheets import write_frame
from lib.models.references import References, ReferenceWork
from lib.models.verify import NEAREST, NearestWork, Verification, VerifiedWork, reference_ids
from lib.reports.markdown import percent
from lib.reports.plots import ACCENT
from lib.reports.verification_text import sentences

SHOWN = 40  # works in the picture
ROW = 1.55  # inches


def write_verification(
    verification: Verification,
    images: dict[str, Image.Image],
    *,
    references: References,
    rejected: dict[str, str],
    out: Path,
) -> None:
    """Write the files of a verification into the folder `out`. images, rejected: by file, of both sets."""
    write_frame(out / "works.csv", pd.DataFrame([work_row(work) for work in verification.works]))
    write_frame(out / "nearest.csv", pd.DataFrame(nearest_rows(verification)))
    write_frame(out / "left_out.csv", pd.DataFrame(verification.left_out.items(), columns=["file", "reason"]))
    write_frame(out / "rejected.csv", pd.DataFrame(rejected.items(), columns=["file", "reason"]))
    answer = {name: value for name, value in asdict(verification).items() if name not in ("works", "left_out")}
    write_json(out / "verification.json", {"sentences": sentences(verification), **answer})
    with atomic_file(out / "verification.png") as aside:
        picture(verification, images, references=references).savefig(aside, format="png", dpi=110)


def work_row(work: VerifiedWork) -> dict[str, str | float]:
    """Return a work alone as a row of works.csv."""
    return {
        "file": work.file,
        "log_likelihood_ratio": round(work.log_ratio, 3),
        "probability": round(work.probability, 4),
    }


def nearest_rows(verification: Verification) -> list[dict[str, str | float]]:
    """Return the nearest works of both sides for each work, as rows of nearest.csv."""
    return [
        {"file": work.file, "side": side, "rank": rank, **described(near)}
        for work in verification.works
        for side, nearest in zip(sides(verification), (work.supporting, work.opposing), strict=True)
        for rank, near in enumerate(nearest, start=1)
    ]


def sides(verification: Verification) -> tuple[str, str]:
    """Return what the supporting and the opposing works of a verification are."""
    artist = verification.artist
    return (f"by {artist}", "by others") if artist else ("of the other set", "that the models know")


def described(near: NearestWork) -> dict[str, str | float]:
    """Return a near work as columns, those of its catalogue among them."""
    ratio = {"log_likelihood_ratio": round(near.log_ratio, 3)}
    if not isinstance(near.work, ReferenceWork):
        return {"work": near.work, "artist": "", "date": "", **ratio}
    work = near.work
    columns = {f"nearest {name}": text for name, text in work.columns.items()}
    return {"work": work.painting_id, "artist": work.artist, "date": work.dated.text, **ratio, **columns}


def picture(verification: Verification, images: dict[str, Image.Image], *, references: References) -> Figure:
    """Draw each work between the nearest works for and against, those with the highest probability on top."""
    works = sorted(verification.works, key=lambda work: -work.log_ratio)[:SHOWN]
    thumbnails = references.thumbnails(reference_ids(works))
    pictures = {name: decode_rgb(jpeg) for name, jpeg in thumbnails.items()}
    figure = Figure(figsize=(12, 1.1 + ROW * len(works)), layout="constrained")
    columns = 1 + 2 * NEAREST
    axes = figure.subplots(len(works), columns, squeeze=False)
    for row, work in zip(axes, works, strict=True):
        hang(row[0], images[work.file], f"{work.file}\n{percent(work.probability)}")
        for side, near_works in enumerate((work.supporting, work.opposing)):
            for place in range(NEAREST):
                near = near_works[place] if place < len(near_works) else None
                show_near(row[1 + side * NEAREST + place], near, images=images, pictures=pictures)
    titles = ("work, with its probability", *(f"nearest {side}" for side in sides(verification)))
    for column, title in zip((0, 1, 1 + NEAREST), titles, strict=True):
        axes[0, column].set_title(title, loc="left", fontsize=9, color=ACCENT, parse_math=False)
    return figure


def show_near(
    axes: Axes, near: NearestWork | None, *, images: dict[str, Image.Image], pictures: dict[str, Image.Image]
) -> None:
    """Hang a near work, if there is one."""
    if near is None:
        axes.set_axis_off()
    elif isinstance(near.work, ReferenceWork):
        work = near.work
        hang(axes, pictures.get(work.painting_id), f"{work.artist}\n{work.dated.text}, {work.painting_id}")
    else:
        hang(axes, images[near.work], near.work)


def hang(axes: Axes, image: Image.Image | None, label: str) -> None:
    """Show a picture, where there is one, with a label below."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    if image is not None:
        axes.imshow(np.asarray(ImageOps.contain(image, (260, 200))))
    axes.set_xlabel(label, fontsize=6, parse_math=False)
