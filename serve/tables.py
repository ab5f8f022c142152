"""Answers as tables."""

import pandas as pd

from serve.answers import SortAnswer

# as the job writes
COLUMNS = ("file", "position", "tie_group", "score", "year", "low", "high", "beyond", "artist_probability")


def as_csv(answer: SortAnswer) -> str:
    """Return one row per file: the works of each group in order, then the rejected files with the reason."""
    rows = [
        {**{name: getattr(painting, name) for name in COLUMNS}, "known": painting.known, "artist": group.artist.name}
        for group in answer.groups
        for painting in group.paintings
    ]
    rejected = [{"file": one.file, "rejected": one.reason} for one in answer.rejected]
    table = pd.DataFrame([*rows, *rejected], columns=[*COLUMNS, "known", "artist", "rejected"])
    return table.astype({"position": "Int64", "tie_group": "Int64", "year": "Int64"}).to_csv(index=False)
