"""The lists of a dataset, which open in a spreadsheet: what was left out, what no model learns from, what changed."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from lib.infra.spreadsheets import write_csv, write_frame


def write_lists(
    folder: Path,
    paintings: pd.DataFrame,
    *,
    missing: pd.DataFrame,
    rejected: Sequence[tuple[str, str]],
    changes: pd.DataFrame | None,
) -> None:
    """Write rejected.csv, missing.csv, apart.csv and, of an update, changes.csv.

    paintings: painting_id, artist, qualifier, date, apart. missing: painting_id, artist, title and date. rejected: file
    and reason. changes: as changes_between() returns them.
    """
    write_csv(folder / "rejected.csv", ["file", "reason"], rejected)
    write_frame(folder / "missing.csv", missing.rename(columns={"painting_id": "file"}))
    apart = paintings.loc[paintings["apart"].notna(), ["painting_id", "artist", "qualifier", "date", "apart"]]
    write_frame(folder / "apart.csv", apart.rename(columns={"painting_id": "file", "apart": "reason"}))
    if changes is not None:
        write_frame(folder / "changes.csv", changes)
