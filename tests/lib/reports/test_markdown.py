import pytest
from jinja2 import UndefinedError

from lib.reports.markdown import environment, number, percent, span, table


def test_a_table_escapes_bars_and_writes_a_dash_for_a_missing_figure() -> None:
    rows = [["Ada | Bo", 12, 0.5], ["Cy", None, None]]
    assert table(["artist", "works", "top-1"], rows).splitlines() == [
        "| artist | works | top-1 |",
        "| --- | --- | --- |",
        "| Ada \\| Bo | 12 | 0.500 |",
        "| Cy | – | – |",
    ]


def test_figures_are_written_with_one_form_each() -> None:
    assert (percent(0.1234), percent(None)) == ("12.3 %", "–")
    assert (number(1.0), number(3), number("yes"), number(None)) == ("1.000", "3", "yes", "–")
    assert span([0.1, 0.25]) == "0.100 to 0.250"
    assert span((0.1, 0.25), percent) == "10.0 % to 25.0 %"
    assert span(None, percent) == "–"


def test_a_template_that_lacks_a_figure_fails() -> None:
    template = environment().from_string("{{ share | percent }}")
    assert template.render(share=0.5) == "50.0 %"
    with pytest.raises(UndefinedError, match="share"):
        template.render()
