"""A user's own list of spellings that are one artist."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from lib.data.artists.names import name_key
from lib.infra.errors import UserError


def read_aliases(path: Path) -> dict[str, str]:
    """Return the name that a CSV with the columns alias and name gives each spelling. Raises UserError."""
    try:
        table = pd.read_csv(str(path), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(
            f"cannot read the aliases {path}: {reason}; give a UTF-8 CSV file with the columns alias,name"
        ) from error
    if list(table.columns) != ["alias", "name"] or not isinstance(table.index, pd.RangeIndex):
        columns = ",".join(map(str, table.columns))
        raise UserError(
            f"the aliases {path} must have the columns alias,name and two fields in each line; they have {columns}; put"
            " names with a comma in quotes"
        )
    names = dict[str, str]()
    keys = dict[str, str]()
    for line, (alias, name) in enumerate(zip(table["alias"].str.strip(), table["name"].str.strip(), strict=True), 2):
        if not alias or not name:
            raise UserError(f"row {line} of the aliases {path} lacks an alias or a name; fill it in or delete the row")
        if keys.setdefault(name_key(alias), name) != name:
            raise UserError(
                f"the aliases {path} give {alias} two names, {keys[name_key(alias)]} and {name}; delete one of them"
            )
        names[alias] = name
    return names


class Aliases:
    """Aliases by the key of their spelling."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """names: the name for each spelling; a name that is itself a spelling leads on to its own name."""
        self._names = {name_key(alias): name for alias, name in names.items()}

    def name_of(self, spelling: str) -> str | None:
        """Return the name for a spelling; None where there is no alias for it."""
        key, name, seen = name_key(spelling), None, set[str]()
        while key in self._names and key not in seen:
            seen.add(key)
            name = self._names[key]
            key = name_key(name)
        return name
