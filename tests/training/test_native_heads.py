"""Networks that predict distributions in the `native` engine, beside Keras."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose

import epochal
from epochal.engine import native
from epochal.layers import GaussianHead, GaussianMixtureHead, PoissonHead
from epochal.losses import GaussianLikelihood, PoissonLikelihood
from epochal.models.distributions import ALL_DISTRIBUTIONS, DistributionScore
from epochal.training.engine_choice import choose
from tests.tolerances import LAYER_OUTPUTS, LOSS_PARITY, NATIVE_PARITY
from tests.training.parity import assert_same_history, assert_same_weights, fit_both, numbers

pytestmark = pytest.mark.native


@pytest.fixture(scope="module", autouse=True)
def engine():
    """These tests name their engine themselves."""


ROWS = 56  # 7 batches of 8
X, Y = numbers(ROWS, 6), numbers(ROWS, 2, seed=1)
COUNTS = np.random.default_rng(2).poisson(np.exp(X[:, :2])).astype(np.float32)
WEIGHTS = np.random.default_rng(3).uniform(0.2, 2, ROWS).astype(np.float32)
every_distribution = pytest.mark.parametrize("name", ALL_DISTRIBUTIONS)


def targets(name: str) -> np.ndarray:
    return COUNTS if name in ("poisson", "negative-binomial") else Y


def network(head: Any, *between: keras.layers.Layer, loss: Any = "mse", **given: Any) -> Any:
    hidden = [layers.Dense(12, "tanh", kernel_regularizer="l2"), *between]
    model = keras.Sequential([keras.Input((6,)), *hidden, head])
    model.compile(keras.optimizers.Adam(0.005), loss, **given)
    return model


@every_distribution
def test_a_fit_is_that_of_keras(name):
    known = ALL_DISTRIBUTIONS[name]
    make = lambda: network(  # noqa: E731
        known.head(2),
        loss=known.loss(),
        metrics=[DistributionScore(name)],
        weighted_metrics=[DistributionScore(name, name="weighted")],
    )
    pair = fit_both(
        make,
        X,
        targets(name),
        sample_weight=WEIGHTS,
        validation_data=(X[:20], targets(name)[:20], WEIGHTS[:20]),
        epochs=29,  # 203 steps
    )
    assert pair.run.engine == "native"
    assert_same_history(pair.run.history, pair.history.history, NATIVE_PARITY)
    assert_same_weights(pair.ours, pair.theirs, NATIVE_PARITY)


@every_distribution
def test_predictions_are_those_of_keras(name):
    model = network(ALL_DISTRIBUTIONS[name].head(2))
    wanted = model.predict(X, verbose=0)
    assert wanted.shape[1] == 2
    assert_allclose(epochal.predict(model, X, verbose=0), wanted, **LAYER_OUTPUTS)
    assert_allclose(epochal.predictor(model)(X), wanted, **LAYER_OUTPUTS)


@every_distribution
def test_a_test_is_that_of_keras(name):
    known = ALL_DISTRIBUTIONS[name]
    model = network(known.head(2), loss=known.loss(), metrics=[DistributionScore(name)])
    given: dict[str, Any] = {"sample_weight": WEIGHTS, "verbose": 0, "return_dict": True}
    ours = epochal.evaluate(model, X, targets(name), **given)
    assert_same_history(ours, model.evaluate(X, targets(name), **given), LOSS_PARITY)


def test_one_number_of_a_row_is_given_in_either_shape():
    histories = []
    for y in (Y[:, 0], Y[:, :1]):
        keras.utils.set_random_seed(1)
        model = network(GaussianHead(), loss=GaussianLikelihood())
        histories.append(epochal.fit(model, X, y, epochs=2, verbose=0, seed=1))
        assert histories[-1].engine == "native"
    assert histories[0].history == histories[1].history


@pytest.mark.parametrize("head", [GaussianHead, GaussianMixtureHead])
def test_dropout_is_drawn_as_on_the_other_engine(head):
    model = network(head(2), layers.Dropout(0.3))
    seen = []
    for engine in ("native", "xla"):
        sampled = epochal.predict_monte_carlo(model, X, samples=7, seed=5, engine=engine)
        assert sampled.engine == engine
        seen.append([sampled.mean, sampled.standard_deviation])
    for one, other in zip(*seen, strict=True):
        assert_allclose(one, other, **LOSS_PARITY)


def test_an_average_of_networks_is_predicted():
    x = keras.Input((6,))
    heads = [GaussianHead(2)(layers.Dense(7, "elu")(x)) for _ in range(3)]
    model = keras.Model(x, layers.Average()(heads))
    assert choose("auto", model, "predict", []).engine is native.ENGINE
    ours = epochal.predict(model, X, verbose=0)
    assert_allclose(ours, model.predict(X, verbose=0), **LAYER_OUTPUTS)


class Doubled(DistributionScore):
    """A user's own."""

    def result(self) -> Any:
        return 2 * super().result()


def test_another_metric_of_distributions_is_kerass():
    def make() -> keras.Model:
        return network(
            PoissonHead(2),
            loss=PoissonLikelihood(),
            metrics=[Doubled("poisson")],
        )

    pair = fit_both(make, X, COUNTS, epochs=2)
    assert pair.run.engine == "native"
    assert_same_history(pair.run.history, pair.history.history, NATIVE_PARITY)
