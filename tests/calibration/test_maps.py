"""Maps to calibrated probabilities: scikit-learn's, planted ones, and what they must keep."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit, log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss

from epochal.calibration import (
    ALL_METHODS,
    Beta,
    Isotonic,
    Temperature,
    VectorScaling,
    check_not_trained_on,
    variance_factor,
)
from epochal.errors import InputError


class Given(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose probabilities are its inputs."""

    classes_ = np.arange(3)

    def fit(self, X: Any, y: Any) -> "Given":
        return self

    def predict_proba(self, X: Any) -> Any:
        return X

    def predict(self, X: Any) -> Any:
        return X.argmax(axis=1)

    def __sklearn_is_fitted__(self) -> bool:
        return True


def drawn(rows: int = 3000, temperature: float = 2.5) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of three classes that are too sure by a temperature, and classes as drawn."""
    random = np.random.default_rng(0)
    logits = 2 * random.normal(size=(rows, 3))
    steps = softmax(logits, axis=1).cumsum(axis=1)
    truth = (random.random((rows, 1)) > steps[:, :-1]).sum(axis=1)
    return softmax(logits * temperature, axis=1), truth


def test_the_temperature_is_scikit_learns_and_the_planted_one() -> None:
    p, truth = drawn()
    found = Temperature.fit(p, np.eye(3)[truth], exclusive=True)
    assert found.temperature == pytest.approx(2.5, rel=0.05)
    model = CalibratedClassifierCV(FrozenEstimator(Given()), method="temperature", ensemble=False)
    assert_allclose(found(p), model.fit(p, truth).predict_proba(p), atol=2e-4)
    assert (found(p).argmax(axis=1) == p.argmax(axis=1)).all()


def test_isotonic_steps_are_scikit_learns() -> None:
    p, truth = drawn()
    found = Isotonic.fit(p, np.eye(3)[truth], exclusive=True)
    model = CalibratedClassifierCV(FrozenEstimator(Given()), method="isotonic", ensemble=False)
    assert_allclose(found(p), model.fit(p, truth).predict_proba(p), atol=1e-9)


def test_vector_scaling_finds_planted_scales_and_offsets() -> None:
    random = np.random.default_rng(2)
    shown = random.dirichlet([1, 1, 1], 40_000)
    scale, offset = np.array([0.5, 1.0, 2.0]), np.array([1.0, 0.0, -1.0])
    p = softmax(scale * np.log(shown) + offset, axis=1)
    truth = (random.random((40_000, 1)) > p.cumsum(axis=1)[:, :-1]).sum(axis=1)
    found = VectorScaling.fit(shown, np.eye(3)[truth], exclusive=True)
    assert_allclose(found(shown), p, atol=0.02)
    assert_allclose(found.scale, scale, rtol=0.1)
    # Offsets are known up to one for all.
    assert_allclose(np.diff(found.offset), np.diff(offset), atol=0.1)


@pytest.mark.parametrize("planted", [(0.5, 2.0, 0.3), (1.0, 1.0, 0.0), (3.0, 0.2, -1.0)])
def test_beta_calibration_finds_planted_numbers(planted: tuple[float, float, float]) -> None:
    random = np.random.default_rng(1)
    p = random.random((40_000, 1))
    a, b, c = planted
    truth = random.random(p.shape) < expit(a * np.log(p) - b * np.log(1 - p) + c)
    found = Beta.fit(p, truth.astype(float), exclusive=False)
    assert_allclose([found.a[0], found.b[0], found.c[0]], planted, rtol=0.12, atol=0.08)


@pytest.mark.parametrize("method", ALL_METHODS)
@pytest.mark.parametrize("exclusive", [True, False])
def test_the_log_loss_on_new_rows_falls(method: str, exclusive: bool) -> None:
    p, truth = drawn(6000)
    seen = np.eye(3)[truth]
    found = ALL_METHODS[method].fit(p[:3000], seen[:3000], exclusive=exclusive)
    new = found(p[3000:])
    assert ((new >= 0) & (new <= 1)).all()
    if exclusive:
        assert_allclose(new.sum(axis=1), 1)
        before, after = (log_loss(truth[3000:], each) for each in (p[3000:], new))
    else:
        before, after = (log_loss(seen[3000:, 0], each[:, 0]) for each in (p[3000:], new))
    assert after < before


@pytest.mark.parametrize("method", ALL_METHODS)
def test_probabilities_of_0_and_1_do_no_harm(method: str) -> None:
    p = np.array([[0.0], [1.0], [0.0], [1.0], [0.5], [0.5]] * 5)
    truth = np.array([[0.0], [1.0], [1.0], [1.0], [0.0], [1.0]] * 5)
    found = ALL_METHODS[method].fit(p, truth, exclusive=False)
    assert np.isfinite(found(p)).all()
    both = np.hstack([p, 1 - p])
    exclusive = ALL_METHODS[method].fit(both, np.hstack([truth, 1 - truth]), exclusive=True)
    assert_allclose(exclusive(both).sum(axis=1), 1)


def test_the_slopes_of_the_temperature_are_those_of_differences() -> None:
    """At the optimum the log loss is flat on both sides."""
    p, truth = drawn()
    at = Temperature.fit(p, np.eye(3)[truth], exclusive=True).temperature
    rows = np.arange(len(truth))
    losses = [
        -log_softmax(np.log(p) / each, axis=1)[rows, truth].mean()
        for each in (at * 0.99, at, at * 1.01)
    ]
    assert losses[1] == min(losses)


def test_a_variance_is_scaled_by_the_mean_squared_deviation() -> None:
    random = np.random.default_rng(0)
    variance = random.uniform(0.5, 2, (5000, 2))
    y = np.sqrt(variance * [4.0, 0.25]) * random.normal(size=(5000, 2))
    assert_allclose(variance_factor(y, np.zeros((5000, 2)), variance), [4, 0.25], rtol=0.1)


def test_rows_of_the_training_are_found() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(50, 2, 3)).astype(np.float32), np.arange(50)
    check_not_trained_on(x[:20], y[:20], (x[20:], y[20:]))
    # As float64 too, in another order, and among others.
    mixed = np.concatenate([x[:7], x[45:48]]).astype(np.float64)
    with pytest.raises(InputError) as raised:
        check_not_trained_on(mixed, np.concatenate([y[:7], y[45:48]]), (x[20:], y[20:]))
    assert str(raised.value) == (
        "x must hold rows that were not trained on, got 3 of 10 that are in trained_on, such as "
        "row 7: give others, as the network is surer of what it has learnt."
    )
    # Equal inputs with another target are another row.
    check_not_trained_on(x[20:30], y[20:30] + 1, (x[20:], y[20:]))
    inputs = {"a": x, "b": x[:, 0]}
    with pytest.raises(InputError, match="got 50 of 50"):
        check_not_trained_on(inputs, y, (inputs, y))
