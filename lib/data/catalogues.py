"""Catalogues of paintings: one reader for each kind, all of which return the same rows, and their cleaning."""

from collections.abc import Callable
from pathlib import Path

from lib.data.cleaning import Catalogue, clean
from lib.data.painter_by_numbers import read_painter_by_numbers
from lib.data.rows import CatalogueOptions, CatalogueRows
from lib.data.table_catalogue import read_table_catalogue
from lib.data.wikiart import read_wikiart_folder

# Adding a kind of catalogue takes a reader, a line here, and its name among the options of jobs/ingest.py.
READERS: dict[str, Callable[[Path, CatalogueOptions], CatalogueRows]] = {
    "painter-by-numbers": read_painter_by_numbers,
    "wikiart-folder": read_wikiart_folder,
    "csv": read_table_catalogue,
}


def read_catalogue(source: str, root: Path, options: CatalogueOptions | None = None) -> Catalogue:
    """Return the cleaned catalogue of a kind in READERS, after printing what was taken for what.

    Raises UserError where no painting is left.
    """
    options = options or CatalogueOptions()
    rows = READERS[source](root, options)
    for line in (rows.summary, *rows.notes):
        print(line)
    return clean(rows, aliases=options.aliases, circa_years=options.circa_years)
