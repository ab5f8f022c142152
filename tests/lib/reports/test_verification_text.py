from dataclasses import replace

import numpy as np
import pytest

from lib.attribution.verifier import KnownArtist
from lib.models.verify import Verification, VerifiedWork
from lib.reports.markdown import chance
from lib.reports.verification_text import sentences

WORK = VerifiedWork("a.jpg", 1.0, 0.7, (), ())
ANSWER = Verification(
    artist="Ada",
    log_ratio=float(np.log(40)),
    at_limit=False,
    probability=0.976,
    prior=0.5,
    references=7,
    likelier=None,
    known=KnownArtist("known", 0.9),
    figures=None,
    works=(WORK, WORK),
    left_out={},
)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "The 2 works are 40 times likelier if Ada made them than if somebody else did."),
        ({"works": (WORK,)}, "The work is 40 times likelier if Ada made it than if somebody else did."),
        ({"log_ratio": -np.log(40)}, "The 2 works are 40 times likelier if somebody else made them than if Ada did."),
        ({"log_ratio": 0.5}, "The 2 works are about as likely if Ada made them as if somebody else did."),
        ({"at_limit": True}, "The 2 works are at least 40 times likelier if Ada made them than if somebody else did."),
        ({"artist": None}, "The 2 works are 40 times likelier if one artist made both sets than if two artists did."),
        (
            {"artist": None, "log_ratio": -np.log(40)},
            "The 2 works are 40 times likelier if two artists made the sets than if one did.",
        ),
        ({"artist": None, "references": 1}, "It rests on 1 work of the other set."),
        ({"references": 1}, "It rests on 1 reference work by Ada, fewer than 5, which is too few to say much."),
        ({"likelier": ("Bea", np.log(90))}, "Bea fits better: 90 times likelier than somebody else."),
        ({"likelier": ("Bea", -1.0)}, "Bea fits better, but not clearly better than somebody else."),
        ({"left_out": {"b.jpg": "is odd"}}, "b.jpg is odd."),
        ({"probability": 0.99999}, "With a probability of 50 % beforehand, that makes over 99.9 %."),
    ],
)
def test_an_answer_reads_as_a_sentence(changes: dict[str, object], sentence: str) -> None:
    assert sentence in sentences(replace(ANSWER, **changes))  # type: ignore[arg-type]


def test_no_probability_reads_as_certain() -> None:
    assert [chance(value) for value in (1.0, 0.0, 0.9949, 0.004, 0.5)] == [
        "over 99.9 %",
        "under 0.1 %",
        "99.5 %",
        "0.4 %",
        "50 %",
    ]
