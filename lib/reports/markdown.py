"""Markdown reports: Jinja2 templates over typed figures, and the cells and tables in them."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

Cell = str | int | float | None
NONE = "–"  # stands for a figure that does not exist


def render(template_name: str, **figures: object) -> str:
    """Return the text of a template in lib/reports/templates, which ends with one line break.

    Templates have `table` as a function and `percent`, `number` and `span` as filters. A name that a template uses and
    `figures` lacks raises jinja2.UndefinedError.
    """
    return environment().get_template(template_name).render(**figures).strip() + "\n"


@cache
def environment() -> Environment:
    """Return the Jinja2 environment of all reports."""
    templates = Environment(
        loader=PackageLoader("lib.reports"),
        autoescape=False,  # Markdown, not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(percent=percent, number=number, span=span)
    templates.globals["table"] = table
    return templates


def table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a Markdown table. Numbers are written by number(); vertical bars are escaped."""
    lines = [list(header), ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(number(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def percent(share: float | None) -> str:
    """Return a share as a percentage, a dash for None."""
    return NONE if share is None else f"{100 * share:.1f} %"


def chance(probability: float) -> str:
    """Return a probability as a percentage that never reads as certain."""
    if probability > 0.9995 or probability < 0.0005:
        return "over 99.9 %" if probability > 0.5 else "under 0.1 %"
    return f"{100 * probability:.{0 if 0.01 <= probability <= 0.99 else 1}f} %"


def number(value: Cell) -> str:
    """Return a float with three decimals, a dash for None, anything else unchanged."""
    if value is None:
        return NONE
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def span(interval: Sequence[float] | None, write: Callable[[float], str] = number) -> str:
    """Return both ends of an interval, each written by `write`; a dash for None."""
    return NONE if interval is None else " to ".join(write(end) for end in interval)
