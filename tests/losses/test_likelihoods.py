"""Heads and their losses: SciPy's likelihoods, extremes, trainings, files."""

from pathlib import Path
from typing import Any

import jax
import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import mean_pinball_loss

import epochal
from epochal import layers, losses
from epochal.errors import InputError
from epochal.layers import ALL_HEADS, DistributionHead
from epochal.models import ALL_DISTRIBUTIONS

LOSSES: dict[type[DistributionHead], Any] = {
    layers.GaussianHead: lambda: losses.GaussianLikelihood(beta=0.0),
    layers.StudentTHead: losses.StudentTLikelihood,
    layers.QuantileHead: losses.PinballLoss,
    layers.GaussianMixtureHead: losses.GaussianMixtureLikelihood,
    layers.PoissonHead: losses.PoissonLikelihood,
    layers.NegativeBinomialHead: losses.NegativeBinomialLikelihood,
}
COUNTS = (layers.PoissonHead, layers.NegativeBinomialHead)
every_head = pytest.mark.parametrize("kind", ALL_HEADS, ids=lambda kind: kind.__name__)


def raw(head: DistributionHead, rows: int = 200) -> np.ndarray:
    shape = (rows, 2, head.distribution.size)
    return 2 * np.random.default_rng(0).normal(size=shape).astype(np.float32)


def targets(kind: type[DistributionHead], rows: int = 200) -> np.ndarray:
    y = 3 * np.random.default_rng(1).normal(size=(rows, 2)).astype(np.float32)
    return np.floor(np.abs(y)) if kind in COUNTS else y


def model_of(kind: type[DistributionHead], seed: int = 1) -> keras.Model:
    keras.utils.set_random_seed(seed)
    hidden = keras.layers.Dense(16, "elu")
    model = keras.Sequential([keras.Input((2,)), hidden, kind(1)])
    model.compile(keras.optimizers.Adam(0.02), LOSSES[kind]())
    return model


@every_head
def test_the_loss_is_minus_scipys_log_likelihood(kind: type[DistributionHead]) -> None:
    if kind is layers.QuantileHead:
        pytest.skip("pinball losses are no likelihood")
    head = kind(2)
    parameters, y = np.asarray(head.parameters_of(raw(head))), targets(kind)
    found = LOSSES[kind]().loss_of(y, parameters)
    wanted = -head.distribution.log_likelihood(y, parameters)
    assert_allclose(found, wanted, rtol=2e-3, atol=2e-4)
    by_row = LOSSES[kind]().call(y, parameters)
    assert_allclose(by_row, wanted.mean(axis=1), rtol=2e-3, atol=2e-4)


def test_the_pinball_loss_is_scikit_learns() -> None:
    head = layers.QuantileHead(1)
    parameters, y = np.asarray(head.parameters_of(raw(head)[:, :1])), targets(type(head))[:, :1]
    assert (np.diff(parameters, axis=-1) > 0).all()  # they do not cross
    wanted = [
        mean_pinball_loss(y[:, 0], parameters[:, 0, at], alpha=level)
        for at, level in enumerate(layers.heads.LEVELS)
    ]
    assert float(losses.PinballLoss()(y, parameters)) == pytest.approx(np.mean(wanted), rel=1e-5)


@every_head
@pytest.mark.parametrize("size", [1e-6, 1.0, 50.0, 1e4])
def test_gradients_are_finite_at_extremes(kind: type[DistributionHead], size: float) -> None:
    head, loss = kind(2), LOSSES[kind]()
    signs = np.sign(raw(head)) * np.float32(size)
    for y in (targets(kind), np.float32(1e6) * np.abs(targets(kind)), np.zeros((200, 2), "f4")):
        value, slopes = jax.value_and_grad(lambda r, y=y: loss(y, head.parameters_of(r)))(signs)
        assert np.isfinite(value)
        assert np.isfinite(slopes).all()
    parameters = np.asarray(head.parameters_of(signs))
    assert np.isfinite(head.distribution.mean(parameters)).all()
    assert (head.distribution.variance(parameters) >= 0).all()


@every_head
def test_a_saved_model_is_the_same(kind: type[DistributionHead], tmp_path: Path) -> None:
    model, x = model_of(kind), np.random.default_rng(0).normal(size=(64, 2)).astype(np.float32)
    y = targets(kind, 64)[:, 0]
    first = epochal.fit(model, x, y, epochs=3, verbose=0, seed=1)
    assert first.history["loss"][-1] < first.history["loss"][0]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert np.array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    assert type(loaded.loss) is type(model.loss)


def test_a_gaussian_head_learns_noise_that_hangs_on_the_row() -> None:
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, (1000, 1)).astype(np.float32)
    noise = 0.1 + 0.4 * (x[:, 0] > 0)
    y = np.sin(3 * x[:, 0]) + noise * random.normal(size=1000)
    models = []
    for seed in range(2):
        keras.utils.set_random_seed(seed)
        parts = [keras.Input((1,)), keras.layers.Dense(32, "elu"), keras.layers.Dense(32, "elu")]
        model = keras.Sequential([*parts, layers.GaussianHead()])
        model.compile(keras.optimizers.Adam(0.01), losses.GaussianLikelihood())
        epochal.fit(model, x, y.astype(np.float32), epochs=25, batch_size=32, verbose=0, seed=seed)
        models.append(model)
    at = np.array([[-0.5], [0.5]], np.float32)
    alone = epochal.predict(models[0], at, uncertainty="single", quantiles=(0.05, 0.95))
    assert_allclose(np.sqrt(alone.aleatoric[:, 0]), [0.1, 0.5], rtol=0.5)
    assert alone.epistemic is None
    assert np.array_equal(alone.total, alone.aleatoric)
    assert_allclose(
        alone.quantile(0.95) - alone.quantile(0.05),
        2 * 1.6449 * alone.standard_deviation,
        rtol=1e-3,
    )
    # Of members the variances are averaged, and their means vary.
    both = epochal.predict(epochal.Ensemble(models=models), at, uncertainty="ensemble")
    each = np.array([model.predict(at, verbose=0)[:, 0] for model in models], float)
    assert_allclose(both.mean[:, 0], each[..., 0].mean(axis=0), rtol=1e-5)
    assert_allclose(both.aleatoric[:, 0], each[..., 1].mean(axis=0), rtol=1e-5)
    assert_allclose(both.epistemic[:, 0], each[..., 0].var(axis=0), rtol=1e-3, atol=1e-9)
    assert list(both.to_pandas())[:3] == ["prediction", "standard_deviation", "quantile_0.05"]


def test_beta_weighs_the_rows_by_their_variance() -> None:
    """At beta 1 the slope of the mean is that of half the squared error."""
    parameters = np.array([[[1.0, 9.0]]], np.float32)
    for beta, wanted in ((0.0, -2 / 9), (1.0, -2.0)):
        loss = losses.GaussianLikelihood(beta=beta)
        slopes = jax.grad(lambda p, loss=loss: loss(np.array([[3.0]], "f4"), p))(parameters)
        assert float(slopes[0, 0, 0]) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: losses.GaussianLikelihood(beta=2),
            "beta must be from 0 to 1, got 2: 0.5 is usual.",
        ),
        (
            lambda: losses.PinballLoss((0.9, 0.1)),
            "levels must be two or more that rise from above 0 to below 1, got [0.9, 0.1]: give "
            "for example (0.05, 0.5, 0.95).",
        ),
        (
            lambda: layers.GaussianHead(0),
            "outputs must be a whole number of at least 1, got 0: give the number of targets.",
        ),
        (
            lambda: layers.GaussianMixtureHead(components=0),
            "components must be a whole number of at least 1, got 0: 3 is usual.",
        ),
    ],
)
def test_bad_input_is_one_sentence(make: Any, message: str) -> None:
    with pytest.raises(InputError) as raised:
        make()
    assert str(raised.value) == message


@pytest.mark.parametrize("name", ALL_DISTRIBUTIONS)
def test_a_network_by_guideline_predicts_the_distribution_of_its_name(name: str) -> None:
    model = epochal.network("regression", 2, hidden=(8,), outputs=2, distribution=name, seed=1)
    known = ALL_DISTRIBUTIONS[name]
    assert type(model.layers[-1]) is known.head
    assert type(model.loss) is type(known.loss())
    x = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    epochal.fit(model, x, targets(known.head, 40), epochs=1, verbose=0, seed=1)
    found = epochal.predict(model, x, uncertainty="single")
    assert found.mean.shape == np.shape(found.aleatoric) == (40, 2)
    assert (np.diff(found.quantiles, axis=0) >= 0).all()
    assert list(found.to_pandas())[:2] == ["prediction_0", "prediction_1"]


def test_a_distribution_that_there_is_not_is_a_sentence() -> None:
    with pytest.raises(InputError) as raised:
        epochal.network("regression", 2, distribution="gausian")
    assert str(raised.value) == (
        "distribution must be one of gaussian, student-t, quantiles, mixture, poisson, "
        "negative-binomial, got 'gausian'. Did you mean 'gaussian'?"
    )
    with pytest.raises(InputError) as raised:
        epochal.network("binary", 2, distribution="gaussian")
    assert str(raised.value) == (
        "distribution must be left out for the task 'binary', got 'gaussian': it is for "
        "'regression'."
    )
