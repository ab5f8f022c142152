"""A version of a paintings dataset in the making: a hidden folder of parts that are written one by one, in any order.

.NAME.ingest/                in a store NAME/.ingest
  request.json               what is being made, so that other input, options or columns never mix
  plan.parquet               the rows of the version; row group N is part N of the layout
  layout.json                the name of each part, and whether the version before has it
  done/00000.json …          written after the part: how many paintings it has, and how many files were decoded
  dataset/                   manifest.json, the lists and the report
  dataset/paintings/…        the new parts, each written once. In a store, which cannot rename, and where there is a
                             version already, which has no parts of these names, they are in their place in NAME
  dataset/files/…            the file of each row (lib/data/picture_files.py), where the paintings are
  dataset/splits/…           written when all parts are there: near-duplicates may be in different parts
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lib.data.layout import Layout, PlannedPart, cuts, part_name
from lib.data.old_parts import PART_FOLDERS, remove_old_parts
from lib.data.paintings import PAINTINGS_SCHEMA, SPLITS_SCHEMA, splits_path
from lib.data.part_writer import StoredPictures, paintings_of, row_groups, write_paintings
from lib.data.picture_files import FILES_SCHEMA, files_path, read_files, write_files
from lib.data.plan import PLAN_SCHEMA, lay_out, plan_table
from lib.infra.atomic import atomic_file, copy_file, find_json, read_json, write_json
from lib.infra.paths import is_local, make_folder, read_parquet, remove_folder

STAMP_COLUMNS = ["file", "size", "changed"]


@dataclass(frozen=True)
class Workspace:
    """The hidden folder in which a version of the dataset `out` is made."""

    out: Path

    @property
    def folder(self) -> Path:
        """Return the hidden folder."""
        return self.out.with_name(f".{self.out.name}.ingest") if is_local(self.out) else self.out / ".ingest"

    @property
    def dataset(self) -> Path:
        """Return the folder in which new parts are collected."""
        is_first = not (self.out / "manifest.json").exists()
        return self.folder / "dataset" if is_first and is_local(self.out) else self.out

    @property
    def lists(self) -> Path:
        """Return the folder in which the manifest, the lists and the report are collected."""
        return self.folder / "dataset"

    def begin(
        self,
        paintings: pd.DataFrame,
        request: dict[str, Any],
        *,
        parent: str | None = None,
        stored: pd.DataFrame | None = None,
        next_part: int = 0,
    ) -> None:
        """Create the folder and its plan.

        paintings: the columns of plan_table(). parent, stored: fingerprint and files of the version before, None where
        there is none. next_part: number of the first new part.
        """
        for folder in (self.dataset / "paintings", self.folder / "done", self.lists):
            make_folder(folder)
        plan = plan_table(paintings)
        rows = list(cuts(plan["painting_id"].to_pylist()))
        layout = lay_out(plan, rows, stored, next_part=next_part)
        with atomic_file(self.folder / "plan.parquet") as aside, pq.ParquetWriter(aside, PLAN_SCHEMA) as writer:
            for part in rows:
                writer.write_table(plan[part])
        if stored is not None:
            self._note_stamps([plan[part] for part in rows], layout, stored)
        self._write_layout(layout)
        write_json(self.folder / "request.json", _identity(request, parent=parent))

    def _note_stamps(self, plans: list[pa.Table], layout: Layout, stored: pd.DataFrame) -> None:
        """Write the table of files of a kept part again where files have other stamps than those noted."""
        noted_of = {name: rows.reset_index(drop=True) for name, rows in stored.groupby("part")}
        for part, plan in zip(layout.parts, plans, strict=True):
            if part.kept:
                noted, seen = noted_of[part.name], plan.select(STAMP_COLUMNS).to_pandas()
                if (noted[STAMP_COLUMNS] != seen).to_numpy().any():
                    table = pa.Table.from_pandas(noted.assign(**seen), schema=FILES_SCHEMA, preserve_index=False)
                    write_files(self.dataset / "paintings" / part.name, table.to_pylist())

    def has_begun(self, request: dict[str, Any], *, parent: str | None = None) -> bool:
        """Return whether an interrupted run of exactly this request, from this version, left its work."""
        begun = find_json(self.folder / "request.json") == _identity(request, parent=parent)
        return begun and (not is_local(self.out) or self.dataset.is_dir())

    def begun_request(self) -> dict[str, Any] | None:
        """Return the request of the run that left its work, None where there is none."""
        return (find_json(self.folder / "request.json") or {}).get("request")

    def layout(self) -> Layout:
        """Return the parts of the version."""
        return Layout.model_validate(read_json(self.folder / "layout.json"))

    def missing_parts(self) -> list[int]:
        """Return the numbers, in the layout, of the parts that are not written yet."""
        done = {path.name for path in (self.folder / "done").glob("*.json")}
        return [
            number
            for number, part in enumerate(self.layout().parts)
            if not part.kept and self._done_path(number).name not in done
        ]

    def write_part(self, number: int, *, root: Path, short_side: int) -> int:
        """Write one part, with its images decoded and resized; return the number of rows of its plan.

        Pictures that the version before has are taken over. No more than two times ROW_GROUP_BYTES of images and the
        last one are in memory. short_side: of the images, pixels.
        """
        with (self.folder / "plan.parquet").open("rb") as file:
            plan = pq.ParquetFile(file).read_row_group(number).to_pylist()
        path = self.dataset / "paintings" / self.layout().parts[number].name
        files: list[dict[str, Any]] = []
        paintings = paintings_of(plan, root, short_side=short_side, stored=StoredPictures(self.out), files=files)
        written = write_paintings(path, row_groups(paintings))
        write_files(path, files)
        decoded = sum(file["sha256"] not in ("", row["stored_sha256"]) for file, row in zip(files, plan, strict=True))
        write_json(self._done_path(number), {"paintings": written, "decoded": decoded})
        return len(plan)

    def rejected_files(self) -> list[tuple[str, str]]:
        """Return file and reason of the rejected images of all parts, in the order of the plan."""
        tables = [read_files(self._part_path(part)).to_pylist() for part in self.layout().parts]
        return [(row["painting_id"], row["problem"]) for rows in tables for row in rows if row["problem"] is not None]

    def paintings(self) -> pd.DataFrame:
        """Return all paintings without their images, in the order of the plan.

        Columns: part (its number in the layout), painting_id, artist, qualifier, date, year, phash, sha256, facts,
        catalogue_split and apart. The frame has no row where no image could be used.
        """
        columns = ["painting_id", "artist", "qualifier", "date", "year", "phash"]
        tables = [
            self._described(part, columns).append_column("part", pa.repeat(number, paintings))
            for number, (part, paintings) in enumerate(zip(self.layout().parts, self.counts(), strict=True))
            if paintings
        ]
        if not tables:
            return pd.DataFrame(columns=[*columns, "sha256", "facts", "part", "catalogue_split", "apart"])
        plan = read_parquet(
            self.folder / "plan.parquet", columns=["painting_id", "catalogue_split", "apart"]
        ).to_pandas()
        return pa.concat_tables(tables).to_pandas().merge(plan, on="painting_id", how="left", validate="1:1")

    def counts(self) -> list[int]:
        """Return the number of paintings of each part, in order."""
        before = {part["name"]: part["paintings"] for part in self._manifest_before().get("parts", [])}
        return [
            before[part.name] if part.kept else read_json(self._done_path(number))["paintings"]
            for number, part in enumerate(self.layout().parts)
        ]

    def decoded(self) -> int:
        """Return the number of files that were decoded."""
        return sum(read_json(path)["decoded"] for path in (self.folder / "done").glob("*.json"))

    def _described(self, part: PlannedPart, columns: list[str]) -> pa.Table:
        """Return columns of the paintings of a part, and sha256 and facts of their files."""
        path = self._part_path(part)
        files = read_files(path)
        files = files.filter(pc.is_null(files["problem"])).select(["sha256", "facts"])
        table = read_parquet(path, columns=columns)
        return table.append_column("sha256", files["sha256"]).append_column("facts", files["facts"])

    def write_splits(self, paintings: pd.DataFrame) -> None:
        """Write the table of splits of each part. Writing it again changes nothing.

        paintings: part, painting_id, split; the rows of a part in its order. A kept part whose splits are others
        becomes a new one of the same paintings, as parts never change.
        """
        make_folder(self.dataset / "splits")
        for number in paintings["part"].unique():
            rows = paintings[paintings["part"] == number]
            table = pa.Table.from_pandas(rows, schema=SPLITS_SCHEMA, preserve_index=False)
            part = self.layout().parts[number]
            if part.kept and read_parquet(splits_path(self._part_path(part))).equals(table):
                continue
            if part.kept:
                part = self._renew(number)
            with atomic_file(splits_path(self.dataset / "paintings" / part.name)) as aside:
                pq.write_table(table, aside)

    def _renew(self, number: int) -> PlannedPart:
        """Make a kept part a new one of the same paintings, and return it."""
        layout, count = self.layout(), self.counts()[number]
        old, new = layout.parts[number], PlannedPart(name=part_name(layout.next_part), kept=False)
        source, target = self._part_path(old), self.dataset / "paintings" / new.name
        copy_file(source, target)
        make_folder(files_path(target).parent)
        copy_file(files_path(source), files_path(target))
        write_json(self._done_path(number), {"paintings": count, "decoded": 0})
        parts = (*layout.parts[:number], new, *layout.parts[number + 1 :])
        self._write_layout(Layout(parts=parts, next_part=layout.next_part + 1))
        return new

    def discard(self) -> None:
        """Remove what an interrupted run left."""
        remove_folder(self.folder)
        if self._manifest_before():
            remove_old_parts(self.out)
        elif not is_local(self.out):
            remove_folder(self.out)

    def remove_leftovers(self) -> None:
        """Remove the unfinished files of killed processes; a store has none."""
        for folder in PART_FOLDERS:
            for path in (self.dataset / folder).glob(".part-*"):
                path.unlink(missing_ok=True)

    def _manifest_before(self) -> dict[str, Any]:
        return find_json(self.out / "manifest.json") or {}

    def _part_path(self, part: PlannedPart) -> Path:
        return (self.out if part.kept else self.dataset) / "paintings" / part.name

    def _done_path(self, number: int) -> Path:
        return self.folder / "done" / f"{number:05d}.json"

    def _write_layout(self, layout: Layout) -> None:
        write_json(self.folder / "layout.json", layout.model_dump(mode="json"))


def _identity(request: dict[str, Any], *, parent: str | None) -> dict[str, Any]:
    return {"request": request, "columns": PAINTINGS_SCHEMA.names, "parent": parent}
