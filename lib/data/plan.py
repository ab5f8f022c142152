"""The plan of a version of a dataset: its rows, the part that each is in, and what the version before has of them."""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from lib.data.layout import Layout, PlannedPart, part_name
from lib.data.paintings import PAINTINGS_SCHEMA
from lib.data.part_writer import CATALOGUE_COLUMNS
from lib.data.picture_files import FILES_SCHEMA, facts_of

# Of the work in the version before that has the same file, null where there is none.
STORED_COLUMNS = ("stored_part", "stored_id", "stored_sha256", "stored_problem")
IDENTITY = ["painting_id", "facts", "sha256"]
PLAN_SCHEMA = pa.schema(
    [PAINTINGS_SCHEMA.field(name) for name in CATALOGUE_COLUMNS]
    + [FILES_SCHEMA.field(name) for name in ("file", "size", "changed", "sha256", "facts")]
    + [pa.field(name, pa.string()) for name in (*STORED_COLUMNS, "catalogue_split", "apart")]
)


def plan_table(paintings: pd.DataFrame) -> pa.Table:
    """Return the plan of a version. paintings: the columns of PLAN_SCHEMA but facts, without those of nothing known."""
    unknown = {name: None for name in ("sha256", *STORED_COLUMNS) if name not in paintings}
    table = pa.Table.from_pandas(paintings.assign(facts=None, **unknown), schema=PLAN_SCHEMA, preserve_index=False)
    facts = [fact for batch in table.to_batches(10_000) for fact in facts_of(batch.to_pylist(), CATALOGUE_COLUMNS)]
    return table.set_column(PLAN_SCHEMA.get_field_index("facts"), PLAN_SCHEMA.field("facts"), pa.array(facts))


def lay_out(plan: pa.Table, rows: Sequence[slice], stored: pd.DataFrame | None, *, next_part: int) -> Layout:
    """Return the parts of a version. rows: of the plan, part by part. next_part: number of the first new part.

    stored: the files of the version before, as painting_files() returns them. A part is kept where that has one of the
    same works in the same order, of which nothing changed: ids, what the catalogue says, and the content of the files.
    """
    known = {} if stored is None else {_key(files): str(name) for name, files in stored.groupby("part")}
    parts: list[PlannedPart] = []
    for each in rows:
        table = plan[each].select(IDENTITY).to_pandas()
        name = known.get(_key(table)) if table["sha256"].notna().all() else None
        parts.append(PlannedPart(name=name or part_name(next_part), kept=name is not None))
        next_part += name is None
    return Layout(parts=tuple(parts), next_part=next_part)


def _key(rows: pd.DataFrame) -> tuple[str, ...]:
    return tuple(rows[IDENTITY].to_numpy(dtype=object).ravel())
