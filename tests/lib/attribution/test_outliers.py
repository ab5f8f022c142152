import numpy as np

from lib.attribution.outliers import distances, usual_distance
from lib.attribution.two_covariance import fit_projection


def test_few_works_like_those_learned_from_are_outliers_and_distant_ones_are() -> None:
    random = np.random.default_rng(0)
    learned, new = random.normal(size=(4000, 20)), random.normal(size=(4000, 20))
    projection = fit_projection(learned)
    usual = usual_distance(distances(projection, learned))
    assert 0 < (distances(projection, new) > usual).mean() < 0.02
    assert (distances(projection, 3 * new) > usual).mean() > 0.9
