"""Penalties as their own curve, and norms that are held, on every engine."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, regularizers
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from tests.tolerances import CONSTRAINED_NORM, FLOAT32_REDUCTION, LARGEST_NORM, LOSS_PARITY
from tests.training.parity import EVEN_ROWS, assert_parity, compiled, fit_both, labels, numbers

X, Y = numbers(EVEN_ROWS, 6), numbers(EVEN_ROWS, 1, seed=1)
IMAGES = numbers(EVEN_ROWS, 6, 6, 2)
LIMIT = 0.7


def penalized(kernel: Any, bias: Any = None) -> keras.Model:
    return compiled(
        keras.Input((6,)),
        layers.Dense(5, "tanh", kernel_regularizer=kernel, bias_regularizer=bias),
        layers.Dense(1, kernel_regularizer=kernel),
    )


class Weights(keras.callbacks.Callback):
    """Keeps the weights after each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[list[np.ndarray]] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.kept.append([np.array(weights, float) for weights in self.model.get_weights()])


PENALTIES = {
    "l1": (regularizers.L1(0.03), lambda w: 0.03 * np.abs(w).sum()),
    "l2": (regularizers.L2(0.02), lambda w: 0.02 * (w**2).sum()),  # without a factor 1/2
    "l1 and l2": (
        regularizers.L1L2(0.03, 0.02),
        lambda w: 0.03 * np.abs(w).sum() + 0.02 * (w**2).sum(),
    ),
}


@pytest.mark.parametrize("name", PENALTIES)
def test_the_penalty_is_the_formula_on_the_weights_after_each_epoch(name):
    regularizer, formula = PENALTIES[name]
    weights = Weights()
    run = epochal.fit(
        penalized(regularizer), X, Y, epochs=3, batch_size=8, verbose=0, callbacks=[weights]
    )
    expected = [formula(kept[0]) + formula(kept[2]) for kept in weights.kept]
    assert run.penalty is not None
    assert_allclose(run.penalty, expected, **FLOAT32_REDUCTION)


@pytest.mark.parametrize("name", PENALTIES)
def test_the_validation_loss_is_the_data_and_the_penalty(name):
    model = penalized(PENALTIES[name][0], bias=PENALTIES[name][0])
    run = epochal.fit(
        model, X, Y, epochs=2, batch_size=8, verbose=0, validation_data=(X[:16], Y[:16])
    )
    assert run.penalty is not None
    data = np.mean((epochal.predict(model, X[:16], verbose=0) - Y[:16]) ** 2)
    assert_allclose(run.history["val_loss"][-1] - run.penalty[-1], data, **LOSS_PARITY)


def test_history_stays_that_of_keras():
    pair = fit_both(lambda: penalized(regularizers.L1L2(0.03, 0.02)), X, Y, validation_split=0.2)
    assert_parity(pair)
    assert list(pair.run.history) == ["loss", "val_loss"]


def test_without_penalties_there_is_none():
    assert epochal.fit(penalized(None), X, Y, verbose=0).penalty is None
    frozen = compiled(
        keras.Input((6,)),
        layers.Dense(3, kernel_regularizer="l2", trainable=False),
        layers.Dense(1),
    )
    assert epochal.fit(frozen, X, Y, verbose=0).penalty is None


def test_keras_own_loop_knows_the_penalty_too():
    model = penalized(regularizers.L2(0.02))
    model.compile("sgd", "mse", run_eagerly=True)
    run = epochal.fit(model, X, Y, epochs=2, verbose=0)
    kernels = [np.asarray(model.get_weights()[index]) for index in (0, 2)]
    assert run.engine == "keras"
    assert run.penalty is not None
    assert len(run.penalty) == 2
    assert_allclose(run.penalty[-1], 0.02 * sum((w**2).sum() for w in kernels), **FLOAT32_REDUCTION)


def held(limit: float, axis: Any) -> Any:
    return keras.constraints.MaxNorm(limit, axis)


def dense_chain() -> tuple[keras.Model, dict[int, Any]]:
    """Its norms are of each unit's incoming weights: axis 0 of a Dense kernel."""
    model = compiled(
        keras.Input((6,)),
        layers.Dense(7, "selu", kernel_constraint=held(LIMIT, 0)),
        layers.Dense(4, "selu", kernel_constraint=held(LIMIT, 0)),
        layers.Dense(1),
        optimizer=keras.optimizers.Nadam(0.1),
    )
    return model, {0: 0, 2: 0}


def convolutions() -> tuple[keras.Model, dict[int, Any]]:
    """Its norms are of each filter: axes 0, 1 and 2 of a convolution's kernel."""
    model = compiled(
        keras.Input((6, 6, 2)),
        layers.Conv2D(5, 3, activation="relu", kernel_constraint=held(LIMIT, [0, 1, 2])),
        layers.Conv2D(3, 3, activation="relu", kernel_constraint=held(LIMIT, [0, 1, 2])),
        layers.Flatten(),
        layers.Dense(3, "softmax", kernel_constraint=held(LIMIT, 0)),
        optimizer=keras.optimizers.Nadam(0.1),
        loss="sparse_categorical_crossentropy",
    )
    return model, {0: (0, 1, 2), 2: (0, 1, 2), 4: 0}


@pytest.mark.parametrize(
    ("make", "x", "y"), [(dense_chain, X, Y), (convolutions, IMAGES, labels(EVEN_ROWS, 3))]
)
def test_every_constrained_norm_holds_after_every_epoch(make, x, y):
    model, axes = make()
    weights = Weights()
    epochal.fit(model, x, y, epochs=4, batch_size=8, verbose=0, seed=1, callbacks=[weights])
    assert len(weights.kept) == 4
    largest = 0.0
    for kept in weights.kept:
        for position, axis in axes.items():
            norms = np.sqrt((kept[position] ** 2).sum(axis=axis))
            assert norms.shape == kept[position].shape[-1:]
            assert np.all(norms <= LIMIT * (1 + CONSTRAINED_NORM))
            largest = max(largest, norms.max())
    assert largest == pytest.approx(LIMIT, rel=LARGEST_NORM)  # the constraint had something to hold


def test_the_norms_are_those_of_keras():
    pair = fit_both(lambda: dense_chain()[0], X, Y, epochs=3)
    assert_parity(pair)


@pytest.mark.parametrize("min_delta", [0.0, 0.05])
def test_early_stopping_on_the_validation_loss_keeps_the_best_epoch(min_delta):
    stop = keras.callbacks.EarlyStopping(patience=3, min_delta=min_delta, restore_best_weights=True)
    weights = Weights()
    model = penalized(None)
    run = epochal.fit(
        model,
        X,
        numbers(EVEN_ROWS, 1, seed=3),
        epochs=300,
        batch_size=8,
        seed=2,
        verbose=0,
        validation_split=0.2,
        callbacks=[stop, weights],
    )
    assert len(run.epoch) == stop.best_epoch + 4 < 300
    for ours, best in zip(model.get_weights(), weights.kept[stop.best_epoch], strict=True):
        assert_array_equal(np.asarray(ours, float), best)
