"""A regressor that predicts a distribution of each row."""

import pickle
from typing import Any

import numpy as np
import pytest

from epochal import DNNRegressor
from epochal.errors import InputError
from epochal.models.distribution_names import check_counts, predicts_counts
from epochal.models.distributions import ALL_DISTRIBUTIONS
from epochal.models.recipes import DISTRIBUTION_SCORE

TINY: dict[str, Any] = {
    "hidden": (8,),
    "guideline": "default",
    "members": 2,
    "epochs": 12,
    "batch_size": 16,
    "learning_rate": 0.03,
    "random_state": 0,
}


def drawn(rows, seed=0):
    """Numbers around 1,000 that scatter by 5 on the left and by 40 on the right."""
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, (rows, 1))
    return x, 1000 + 100 * x[:, 0] + np.where(x[:, 0] > 0, 40, 5) * random.normal(size=rows)


@pytest.fixture(scope="module")
def gaussian():
    return DNNRegressor(distribution="gaussian", **TINY).fit(*drawn(300))


@pytest.fixture(scope="module")
def poisson():
    x, _ = drawn(200)
    counts = np.random.default_rng(1).poisson(np.exp(1 + x[:, 0]))
    longer = {**TINY, "epochs": 25, "learning_rate": 0.1}
    return DNNRegressor(distribution="poisson", **longer).fit(x, counts)


def test_noise_and_doubt_are_told_apart_in_the_units_of_the_target(gaussian):
    x, y = drawn(400, seed=1)
    found = gaussian.predict_uncertainty(x)
    mean, std = gaussian.predict(x, return_std=True)
    np.testing.assert_allclose(mean, gaussian.predict(x), rtol=1e-6)
    np.testing.assert_allclose(std**2, (found.aleatoric + found.epistemic)[:, 0])
    noise = np.sqrt(found.aleatoric[:, 0])
    right = x[:, 0] > 0
    assert noise[right].mean() > 1.3 * noise[~right].mean()
    assert 0.6 < np.mean((y - mean) ** 2 / std**2) < 1.6
    assert gaussian.score(x, y) > 0.5


def test_the_distribution_is_the_mixture_of_what_the_networks_say(gaussian):
    x, y = drawn(50, seed=1)
    found = gaussian.predict_distribution(x)
    np.testing.assert_allclose(found.mean, gaussian.predict(x), rtol=1e-6)
    assert found.parameters.shape == (2, 50, 2)
    assert found.crps(y).shape == found.log_likelihood(y).shape == (50,)
    # A distribution that is elsewhere scores worse, by either score.
    assert found.crps(y + 500).mean() > 5 * found.crps(y).mean()
    assert found.log_likelihood(y + 500).mean() < found.log_likelihood(y).mean()


def test_the_factor_of_the_variances_is_that_of_the_rows_left_out(gaussian):
    x, _ = drawn(20, seed=1)
    left_out, scale = gaussian._left_out, gaussian.target_scaler_.scale_[0]
    squared = (left_out.y - left_out.outputs) ** 2
    squared -= left_out.excess
    factor = np.mean(squared / (left_out.noise + left_out.spread))
    raw = gaussian.predict_distribution(x)
    found = gaussian.predict_uncertainty(x)
    np.testing.assert_allclose(found.aleatoric[:, 0], factor * raw.aleatoric, rtol=1e-5)
    np.testing.assert_allclose(found.epistemic[:, 0], factor * raw.epistemic, rtol=1e-5)
    assert found.aleatoric.max() < (10 * scale) ** 2


def test_widths_of_intervals_hang_on_the_row_and_hold_the_truth(gaussian):
    x, y = drawn(500, seed=1)
    low, high = gaussian.predict_interval(x, 0.9).T
    assert abs(((low <= y) & (y <= high)).mean() - 0.9) < 0.07
    right = x[:, 0] > 0
    assert (high - low)[right].mean() > 1.3 * (high - low)[~right].mean()
    np.testing.assert_allclose((low + high) / 2, gaussian.predict(x), rtol=1e-6)
    with pytest.raises(InputError, match=r"^by_size must be False with a distribution, got True: "):
        gaussian.predict_interval(x, by_size=True)


def test_it_is_saved_and_says_the_same(gaussian):
    x, y = drawn(9, seed=1)
    again = pickle.loads(pickle.dumps(gaussian))
    np.testing.assert_array_equal(again.predict_interval(x, 0.8), gaussian.predict_interval(x, 0.8))
    np.testing.assert_array_equal(
        again.predict_distribution(x).crps(y), gaussian.predict_distribution(x).crps(y)
    )


def test_an_epoch_is_judged_by_a_proper_score(gaussian):
    assert f"val_{DISTRIBUTION_SCORE}" in gaussian.run_.history
    loss = ALL_DISTRIBUTIONS["gaussian"].score()
    left_out = loss.call(np.zeros((3, 1)), np.full((3, 1, 2), 1.0))
    np.testing.assert_allclose(left_out, (np.log(2 * np.pi) + 1) / 2, rtol=1e-6)


@pytest.mark.native
@pytest.mark.parametrize("name", ALL_DISTRIBUTIONS)
def test_its_networks_compile_nothing(name):
    x, y = drawn(60)
    y = np.abs(y).round() if predicts_counts(name) else y
    model = DNNRegressor(distribution=name, **{**TINY, "epochs": 1}).fit(x, y)
    assert model.run_.engine == "native", model.run_.engine_reason
    assert f"val_{DISTRIBUTION_SCORE}" in model.run_.history
    doubt = model.predict_uncertainty(x[:5]).epistemic
    assert doubt is not None
    assert doubt.shape == (5, 1)


def test_counts_go_in_as_they_are(poisson):
    x, _ = drawn(300, seed=1)
    counts = np.random.default_rng(2).poisson(np.exp(1 + x[:, 0]))
    found = poisson.predict_distribution(x)
    np.testing.assert_allclose(found.aleatoric, found.mean, rtol=1e-5)
    assert found.mean.min() > 0
    assert poisson.score(x, counts) > 0.1
    low, high = poisson.predict_interval(x, 0.9).T
    assert low.min() >= 0
    assert ((low <= counts) & (counts <= high)).mean() > 0.82
    with pytest.raises(
        InputError, match=r"^y must be counts, whole numbers of at least 0, .* 2\.5"
    ):
        poisson.fit(x, np.full(300, 2.5))


def test_several_targets_weights_and_a_single_network():
    x, y = drawn(80)
    model = DNNRegressor(distribution="student-t", **{**TINY, "members": 1, "epochs": 2})
    model.fit(x, np.column_stack([y, -y]), sample_weight=np.linspace(0, 1, 80))
    found = model.predict_uncertainty(x[:5])  # no row was left out: none is needed
    assert found.aleatoric is not None
    assert found.aleatoric.shape == (5, 2)
    assert found.epistemic is None
    assert model.predict_distribution(x[:5]).quantile(0.5).shape == (5, 2)
    with pytest.raises(InputError, match=r"^The estimator must have left rows out"):
        model.predict_interval(x)


def test_what_is_wrong_is_said():
    x, y = drawn(50)
    with pytest.raises(InputError, match=r"Did you mean 'gaussian'\?$"):
        DNNRegressor(distribution="gausian", **TINY).fit(x, y)
    plain = DNNRegressor(**{**TINY, "epochs": 1}).fit(x, y)
    with pytest.raises(InputError, match=r"^predict_distribution must have networks that predict"):
        plain.predict_distribution(x)
    with pytest.raises(
        InputError, match=r"for the distribution 'poisson', got -1: take 'gaussian'"
    ):
        check_counts(np.array([[0.0], [-1.0]]), "y", "poisson")
