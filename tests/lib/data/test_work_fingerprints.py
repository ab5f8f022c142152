import hashlib

import pandas as pd
import pytest

from lib.data.work_fingerprints import fingerprint_of, fingerprints_of_works

WORK = {
    "painting_id": "1",
    "date": "c. 1880",
    "circa": True,
    "catalogue_columns": "{}",
    "split": "train",
    "earliest": 1878,
    "latest": 1882,
    "picture": "a",
}


def works(**changes: object) -> pd.DataFrame:
    return pd.DataFrame([WORK, WORK | {"painting_id": "2"} | changes])


@pytest.mark.parametrize("name", WORK)
def test_a_work_is_another_when_anything_known_of_it_changes(name: str) -> None:
    other = {"circa": False, "earliest": 1877, "latest": 1883}.get(name, "other")
    before, after = fingerprints_of_works(works()), fingerprints_of_works(works(**{name: other}))
    assert before[0] == after[0] and before[1] != after[1]


def test_an_open_date_changes_only_its_own_fingerprint() -> None:
    closed, opened = fingerprints_of_works(works()), fingerprints_of_works(works(earliest=None))
    assert closed[0] == opened[0] and closed[1] != opened[1]


def test_works_have_one_fingerprint_in_any_order() -> None:
    digits = "0000000000000001\nfedcba9876543210"  # of 16 digits each: models that are trained know them so
    assert fingerprint_of([1, 0xFEDCBA9876543210]) == hashlib.sha256(digits.encode()).hexdigest()[:16]
    assert fingerprint_of([0xFEDCBA9876543210, 1]) == fingerprint_of([1, 0xFEDCBA9876543210])
