import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.metrics import roc_auc_score

from lib.attribution.two_covariance import Projection, TwoCovariance, WorkSets, fit_two_covariance

BETWEEN = np.array([3.0, 0.5])
IDENTITY = Projection(mean=np.zeros(2), components=np.eye(2))


def model_of(works: list[np.ndarray]) -> TwoCovariance:
    """Return a model whose coordinates are unit-length positions, of artists with these works (n, 2)."""
    return TwoCovariance(
        artists=[f"artist {number}" for number in range(len(works))],
        projection=IDENTITY,
        centre=np.zeros(2),
        axes=np.eye(2),
        between=BETWEEN,
        works=np.array([len(rows) for rows in works]),
        sums=np.stack([IDENTITY.directions(rows).sum(axis=0) for rows in works]),
    )


def log_density(works: np.ndarray) -> float:
    """Return log p of works (n, 2) that share one mean, as one Gaussian of all their coordinates."""
    count = len(works)
    covariances = [np.eye(count) + variance * np.ones((count, count)) for variance in BETWEEN]
    return sum(multivariate_normal(np.zeros(count), c).logpdf(works[:, d]) for d, c in enumerate(covariances))


def draw(count: int) -> np.ndarray:
    return IDENTITY.directions(np.random.default_rng(count).normal(size=(count, 2)))


def sets_of(model: TwoCovariance, works: np.ndarray) -> WorkSets:
    """Return sets of works (sets, works, dimensions)."""
    return WorkSets(
        np.full(len(works), works.shape[1]), np.stack([model.coordinates(rows).sum(axis=0) for rows in works])
    )


def synthetic(artists: int, *, seed: int, each: int = 12, dimensions: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Return works of artists whose means differ in the first ten dimensions only, and their artists."""
    random = np.random.default_rng(seed)
    means = 2 * random.normal(size=(artists, dimensions)) * (np.arange(dimensions) < 10)
    names = np.repeat([f"{seed} {number}" for number in range(artists)], each)
    return np.repeat(means, each, axis=0) + random.normal(size=(len(names), dimensions)), names


def test_ratios_are_those_of_the_joint_gaussian() -> None:
    known = [draw(1), draw(4)]
    model, works = model_of(known), draw(3)
    expected = [[log_density(np.vstack([rows, work])) - log_density(rows) - log_density(work[None])
                 for rows in known] for work in works]  # fmt: skip
    np.testing.assert_allclose(model.log_likelihood_ratios(works), expected)


def test_ratios_of_sets_are_those_of_the_joint_gaussian() -> None:
    known, works = [draw(2), draw(5)], draw(3)
    expected = [log_density(np.vstack([rows, works])) - log_density(rows) - log_density(works) for rows in known]
    model = model_of(known)
    drawn = WorkSets.one(model.coordinates(works))
    np.testing.assert_allclose(model.known_ratios(drawn), [expected])
    sets = [WorkSets.one(model.coordinates(rows)) for rows in known]
    np.testing.assert_allclose([model.pair_ratios(drawn, rows)[0] for rows in sets], expected)


def test_a_set_of_one_work_is_that_work() -> None:
    model, work = model_of([draw(2), draw(5)]), draw(1)
    ratios = model.known_ratios(WorkSets.one(model.coordinates(work)))
    np.testing.assert_allclose(ratios, model.log_likelihood_ratios(work))


def test_ratios_of_works_are_those_of_sets_of_one_work_each() -> None:
    model, first, second = model_of([draw(2), draw(5)]), draw(4), draw(3)
    expected = [[model.pair_ratios(*(WorkSets.one(model.coordinates(work[None])) for work in pair))[0]
                 for pair in zip([row] * 3, second, strict=True)] for row in first]  # fmt: skip
    np.testing.assert_allclose(model.work_ratios(model.coordinates(first), model.coordinates(second)), expected)


def test_both_covariances_are_diagonal_in_the_coordinates() -> None:
    positions, names = synthetic(400, seed=0)
    model = fit_two_covariance(positions, names)
    works = model.coordinates(positions).reshape(400, 12, -1)
    within = np.mean([np.cov(rows.T) for rows in works], axis=0)
    between = np.cov(works.mean(axis=1).T) - within / 12
    np.testing.assert_allclose(within, np.eye(len(within)), atol=0.1)
    np.testing.assert_allclose(between, np.diag(model.between), atol=0.15 * model.between.max())
    assert (np.sort(model.between)[-10:] > 0.5).all()
    assert (np.sort(model.between)[:-10] < 0.1).all()


def test_works_are_named_and_unknown_artists_are_known_as_such() -> None:
    positions, names = synthetic(60, seed=1)
    held_out = np.arange(len(names)) % 12 < 4
    model = fit_two_covariance(positions[~held_out], names[~held_out])
    known = model.log_likelihood_ratios(positions[held_out])
    assert (np.array(model.artists)[known.argmax(axis=1)] == names[held_out]).mean() > 0.8
    unknown = model.log_likelihood_ratios(synthetic(60, seed=2)[0])
    scores = np.concatenate([known.max(axis=1), unknown.max(axis=1)])
    assert roc_auc_score(np.arange(len(scores)) < len(known), scores) > 0.8


def test_more_works_make_a_pair_of_sets_surer() -> None:
    model = fit_two_covariance(*synthetic(200, seed=3))
    works = synthetic(40, seed=4)[0].reshape(40, 12, -1)
    for count, least in ((1, 0.75), (3, 0.95)):
        first, second = (sets_of(model, works[:, start : start + count]) for start in (0, 6))
        same = model.pair_ratios(first, second).tolist()
        other = model.pair_ratios(sets_of(model, works[:-1, :count]), sets_of(model, works[1:, :count])).tolist()
        assert roc_auc_score([1] * len(same) + [0] * len(other), same + other) > least


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_the_scale_of_positions_does_not_matter(scale: float) -> None:
    positions, names = synthetic(30, seed=5)
    ratios = fit_two_covariance(positions, names).log_likelihood_ratios(positions[:5])
    scaled = fit_two_covariance(scale * positions, names).log_likelihood_ratios(scale * positions[:5])
    np.testing.assert_allclose(ratios, scaled, rtol=1e-3)


@pytest.mark.parametrize("names", [["Ada"] * 6, list("abcdef")])
def test_without_two_artists_or_a_second_work_nothing_is_likelier(names: list[str]) -> None:
    positions = np.random.default_rng(0).normal(size=(6, 4))
    model = fit_two_covariance(positions, np.array(names))
    assert not model.log_likelihood_ratios(positions).any()
    assert not model.known_ratios(WorkSets.one(model.coordinates(positions))).any()
