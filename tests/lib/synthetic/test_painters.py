"""Invented painters: repeatable, told apart by simple statistics, and dated by them, though not perfectly."""

from functools import cache

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lib.synthetic.painters import MOST_PAINTERS, make_painters, paint
from lib.synthetic.sketches import SUBJECTS

PAINTERS, WORKS = 3, 40
FOLDS = KFold(5, shuffle=True, random_state=0)


@cache
def small_exhibition() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return statistics, (works, 10), painter and year of works by some painters."""
    statistics, who, years = [], [], []
    rng = np.random.default_rng(0)
    for index, painter in enumerate(make_painters(PAINTERS, seed=0)):
        for work in range(WORKS):
            year = int(rng.integers(painter.first_year, painter.last_year + 1))
            subject = str(rng.choice(list(SUBJECTS), p=painter.taste))
            statistics.append(simple_statistics(paint(painter, year=year, subject=subject, seed=[0, index, work])))
            who.append(index)
            years.append(year)
    return np.array(statistics), np.array(who), np.array(years)


def simple_statistics(image) -> list[float]:
    """Return mean and deviation of each channel and the roughness at four distances."""
    channels = np.asarray(image.convert("YCbCr"), dtype=np.float32)
    grey = channels[..., 0]
    roughness = [np.abs(grey[:, step:] - grey[:, :-step]).mean() for step in (1, 2, 4, 8)]
    return [*channels.mean(axis=(0, 1)), *channels.std(axis=(0, 1)), *roughness]


def test_same_seed_same_picture_and_another_seed_another():
    painter = make_painters(1, seed=3)[0]
    first, again, other = (paint(painter, year=painter.first_year, subject="marina", seed=[seed]) for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_painters_have_their_own_names_palettes_and_careers():
    painters = make_painters(MOST_PAINTERS, seed=0)
    assert len({painter.name for painter in painters}) == MOST_PAINTERS
    assert len({painter.palette.tobytes() for painter in painters}) == MOST_PAINTERS
    assert all(20 < painter.last_year - painter.first_year < 60 for painter in painters)
    assert [painter.name for painter in make_painters(MOST_PAINTERS, seed=1)] != [painter.name for painter in painters]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_gives_a_picture_of_the_expected_size(subject):
    painter = make_painters(1, seed=0)[0]
    image = paint(painter, year=painter.last_year, subject=subject, seed=[5])
    assert image.mode == "RGB"
    assert 200 <= min(image.size) <= max(image.size) <= 420
    assert np.asarray(image).std() > 10


def test_painters_are_told_apart_far_better_than_chance():
    statistics, who, _ = small_exhibition()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    assert (cross_val_predict(model, statistics, who, cv=FOLDS) == who).mean() > 0.8  # chance: 0.33


def test_years_are_learned_but_not_perfectly():
    statistics, who, years = small_exhibition()
    for painter in range(PAINTERS):
        works = who == painter
        model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 3, 9)))
        predicted = cross_val_predict(model, statistics[works], years[works], cv=FOLDS)
        assert 0.4 < spearmanr(predicted, years[works]).statistic < 0.97
