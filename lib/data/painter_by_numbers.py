"""Kaggle's Painter by Numbers, as it is distributed: one CSV, and the images in folders of parts."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

from lib.data.columns import ColumnNames
from lib.data.files import list_files
from lib.data.rows import CatalogueOptions, CatalogueRows
from lib.data.table_catalogue import read_rows
from lib.infra.errors import UserError

CATALOGUES = ("all_data_info.csv", "all_data_info.csv.zip", "all_data_info.csv.gz")
REPLACEMENTS = "replacements_for_corrupted_files"  # the folder of Kaggle's better versions of broken images


def read_painter_by_numbers(root: Path, options: CatalogueOptions) -> CatalogueRows:
    """Read Kaggle's catalogue and find its images by name in any folder below `root`."""
    stamps = list_files(root)
    # Replacements come last, so that they win over the file they replace.
    by_name = {PurePosixPath(file).name: file for file in sorted(stamps, key=lambda file: (REPLACEMENTS in file, file))}
    columns = ColumnNames(file="new_filename", artist="artist", date="date", split=options.columns.split)
    rows = read_rows(options.catalogue or _find_catalogue(root), columns, options=options, stamps=stamps)
    return replace(rows, table=rows.table.assign(file=rows.table["painting_id"].map(by_name)))


def _find_catalogue(root: Path) -> Path:
    for name in CATALOGUES:
        if (root / name).is_file():
            return root / name
    raise UserError(f"{root} holds none of {', '.join(CATALOGUES)}; name the catalogue with --catalogue")
