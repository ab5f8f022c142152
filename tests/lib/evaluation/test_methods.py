import numpy as np
import pandas as pd

from lib.evaluation.methods import compare_methods
from lib.reports.evaluation import methods_table


def made_up() -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    """Return estimates by two methods of two groups' works, of which one method dates the first group only."""
    works = pd.DataFrame(
        {
            "group": ["Ada"] * 6 + ["Bo"] * 4,
            "year": [1850, 1851, 1860, 1852, 1856, 1861, 1900, 1910, 1901, 1909],
            "split": ["train", "train", "val", "test", "test", "test", "train", "train", "test", "test"],
        }
    )
    works = works.assign(earliest=works["year"], latest=works["year"])
    exact = works["year"].to_numpy(dtype=float)
    partial = np.where(works["group"] == "Ada", exact + 1, np.nan)
    return {"neighbours": exact, "comparator": partial}, works


def test_groups_are_compared_and_averaged_where_every_method_dates_them() -> None:
    comparison = compare_methods(*made_up())
    assert [row.group for row in comparison.rows] == ["Ada", "Bo"]
    assert comparison.rows[1].dated == {"neighbours": 2, "comparator": 0}
    assert (comparison.mean.groups, comparison.mean.n) == (1, 3)
    assert comparison.mean.figures["comparator"].mae_years == 1.0
    assert compare_methods(*made_up(), min_works=7).mean.groups == 0


def test_a_record_names_each_figure_by_its_method() -> None:
    comparison = compare_methods(*made_up())
    record = comparison.rows[1].model_dump()
    assert list(record)[:5] == ["group", "works", "n", "neighbours_n", "neighbours_pair_accuracy"]
    assert (record["neighbours_mae_years"], record["comparator_mae_years"], record["comparator_n"]) == (0.0, None, 0)
    assert record["median_mae_years"] == 4.0
    assert "comparator_n" not in comparison.mean.model_dump()


def test_the_table_begins_with_the_means() -> None:
    lines = methods_table(compare_methods(*made_up())).splitlines()
    assert lines[0].startswith("| artist | test works | pairs: comparator | pairs: plain neighbours | tau: comparator")
    assert lines[2].startswith("| **mean of 1** | 3 | 100.0 % | 100.0 % |")
    assert lines[4].startswith("| Bo | 2 | – | 100.0 % | – |")
