"""Years that can hardly be: outside the artist's life or, where no life is recorded, outside all dated works."""

from dataclasses import replace

from lib.data.artists.lives import Life
from lib.data.dates.resolve import FIRST_WORKING_AGE
from lib.dating.order import Order


def doubted(order: Order, life: Life) -> Order:
    """Return the order with a column `doubt`: why the year of a work is questioned, empty where it is not."""
    years = order.works["score"]
    return replace(order, works=order.works.assign(doubt=[doubt_of(year, order, life) for year in years]))


def doubt_of(year: float, order: Order, life: Life) -> str:
    """Return why the year of a work is questioned; empty where it is not.

    A life decides on the side that is recorded, and the years of the dated works where none is.
    """
    if life.birth is not None and year < life.birth + FIRST_WORKING_AGE:
        return f"before the artist's {FIRST_WORKING_AGE}th year: born in {life.birth}"
    if life.death is not None and year >= life.death + 1:
        return f"after the artist's death in {life.death}"
    if life == Life() and not order.first_year <= round(year) <= order.last_year:
        return f"outside the years of the dated works that the models know, {order.first_year} to {order.last_year}"
    return ""
