"""Works of a dataset whose embeddings stay on disk until they are read, so that no process holds all of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol, Self, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lib.data.descriptor import EmbeddingsManifest, Kind
from lib.data.embeddings import Embeddings, read_embedded_part, require_learned
from lib.data.paintings import years_of
from lib.data.work_fingerprints import fingerprints_of_works
from lib.infra.paths import read_parquet
from lib.infra.tasks import map_batches

BATCH = 2048  # works whose embeddings a process has in memory: 130 MB of the default backbones'
MOST_REFERENCES = 3000  # works of one artist that are learned from; all of a larger artist's would not date better
KEPT_COLUMNS = ["painting_id", "artist", "qualifier", "earliest", "latest", "year", "split"]


class ReadableWorks(Protocol):
    """Works whose embeddings are in memory, or are read when asked for."""

    @property
    def paintings(self) -> pd.DataFrame:
        """Return n rows, with KEPT_COLUMNS among the columns."""

    @property
    def manifest(self) -> EmbeddingsManifest:
        """Return what the embeddings are."""

    def where(self, rows: np.ndarray) -> Self:
        """Return the works in these rows, by number or by a mask (n,)."""

    def read(self) -> Embeddings:
        """Return the works with their embeddings."""


Works = TypeVar("Works", bound=ReadableWorks)


@dataclass(frozen=True)
class EmbeddedWorks:
    """Works whose embeddings are read when asked for.

    folder: of the embeddings. manifest: of the kinds that are read. columns: (dimensions,) of the stored embeddings.
    paintings: KEPT_COLUMNS, `fingerprint` of what is known of the work, and `part`, the name of its file, in the order
    of the parts.
    """

    folder: Path
    manifest: EmbeddingsManifest
    columns: np.ndarray
    paintings: pd.DataFrame

    def where(self, rows: np.ndarray) -> "EmbeddedWorks":
        """Return the works in these rows, by number or by a mask (n,)."""
        return replace(self, paintings=self.paintings.iloc[np.arange(len(self.paintings))[rows]])

    def of_kinds(self, kinds: Collection[Kind]) -> "EmbeddedWorks":
        """Return the works with the parts of their embeddings of these kinds."""
        columns, manifest = self.columns[self.manifest.columns(kinds)], self.manifest.of_kinds(kinds)
        return replace(self, columns=columns, manifest=manifest)

    def outside_test(self) -> "EmbeddedWorks":
        """Return the works that models may learn from. Raises UserError where there is none."""
        return self.where(require_learned(self.paintings))

    @cached_property
    def finite(self) -> "EmbeddedWorks":
        """Return the works whose embeddings are finite, so that a broken one cannot spoil what all artists share.

        All embeddings are read for it, the first time that it is asked for.
        """
        finite = [np.zeros(0, dtype=bool), *map_batches(are_finite, batches_of(self), label="reading embeddings")]
        rows = np.concatenate(finite)
        return self if rows.all() else self.where(rows)

    def read(self) -> Embeddings:
        """Return the works with their embeddings, in their order."""
        wanted = pd.Index(self.paintings["painting_id"])
        frames, order, matrix = [], [], np.empty((len(wanted), len(self.columns)), dtype=np.float16)
        for part in dict.fromkeys(self.paintings["part"]):  # one after another: all may be gigabytes
            frame, vectors = read_embedded_part(self.folder / part, columns=self.columns)
            rows = wanted.get_indexer(pd.Index(frame["painting_id"]))
            kept = rows >= 0
            matrix[rows[kept]] = vectors[kept]
            frames.append(frame[kept])
            order.append(rows[kept])
        paintings = pd.concat(frames, ignore_index=True).iloc[np.argsort(np.concatenate(order))]
        return Embeddings(paintings.reset_index(drop=True), matrix, self.manifest)


def read_embedded_works(parts: Sequence[Path], manifest: EmbeddingsManifest, *, columns: np.ndarray) -> EmbeddedWorks:
    """Return the works of parts of embeddings, of which there is one at least, without their embeddings."""
    table = pa.concat_tables([kept_columns(part) for part in parts])  # converted at once: a name is in memory once
    return EmbeddedWorks(parts[0].parent, manifest, columns, table.to_pandas())


def kept_columns(part: Path) -> pa.Table:
    """Return what is kept in memory of the works in one part of the embeddings, by painting_id."""
    with part.open("rb") as file:
        names = [name for name in pq.read_schema(file).names if name != "embedding"]
    table = read_parquet(part, columns=names)
    works = table.filter(pc.equal(table["view"], 0)).sort_by("painting_id")
    kept = works.select(KEPT_COLUMNS).append_column("fingerprint", pa.array(fingerprints_of_works(works.to_pandas())))
    return kept.append_column("part", pa.repeat(part.name, works.num_rows))


def are_finite(batch: EmbeddedWorks) -> np.ndarray:
    """Return (n,) whether the embedding of each work in a batch is finite."""
    return np.isfinite(batch.read().matrix).all(axis=1)


def batches_of(works: Works) -> list[Works]:
    """Return the works in batches of BATCH at most, in their order."""
    rows = np.arange(len(works.paintings))
    return [works.where(rows[first : first + BATCH]) for first in range(0, len(rows), BATCH)]


def careers_of(works: Works, *, most: int = BATCH, longest: int | None = MOST_REFERENCES) -> list[Works]:
    """Return the works in batches of whole artists, of `most` works or of one artist with more.

    Of an artist with more than `longest` works, so many are taken, spread evenly over the career. None: take all.
    """
    batches: list[list[np.ndarray]] = [[]]
    for rows in rows_by_artist(works.paintings).values():
        if longest is not None and len(rows) > longest:
            rows = rows[spread_over_career(works.paintings.iloc[rows], works=longest)]
        if batches[-1] and sum(map(len, batches[-1])) + len(rows) > most:
            batches.append([])
        batches[-1].append(rows)
    return [works.where(np.concatenate(batch)) for batch in batches if batch]


def some_careers(works: Works, *, most: int) -> Works:
    """Return the works of artists drawn at random, of `most` works in all and those of the last artist."""
    by_artist = list(rows_by_artist(works.paintings).values())
    drawn, total = [], 0
    for number in np.random.default_rng(0).permutation(len(by_artist)):
        if total >= most:
            break
        drawn.append(by_artist[number])
        total += len(by_artist[number])
    return works.where(np.sort(np.concatenate(drawn)))


def rows_by_artist(paintings: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the row numbers of each artist's works, by name."""
    return {str(artist): np.asarray(rows) for artist, rows in paintings.groupby("artist").indices.items()}


def spread_over_career(paintings: pd.DataFrame, *, works: int) -> np.ndarray:
    """Return the row numbers of `works` works of one artist, evenly spread over their order by year."""
    order = np.argsort(years_of(paintings).midpoints, kind="stable")
    return np.sort(order[np.linspace(0, len(order) - 1, works).round().astype(int)])
