"""Callbacks that set the rate, the documents' own among them: on each engine as in `model.fit`."""

from collections.abc import Callable
from functools import cache
from typing import Any

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

import epochal
from examples.learning_rates import (
    ExponentialDecay,
    ExponentialLearningRate,
    OneCycleScheduler,
    exponential_decay,
    exponential_decay_from_current,
    piecewise_constant,
)
from tests.reference import schedules as reference
from tests.tolerances import FLOAT32_ROUNDING, LEARNING_RATES, LOSS_PARITY
from tests.training.parity import (
    EVEN_ROWS,
    assert_same_history,
    assert_same_weights,
    dense_net,
    numbers,
)

X, Y = numbers(EVEN_ROWS, 6), numbers(EVEN_ROWS, 1, seed=1)
EPOCHS, BATCHES = 4, 5
STEPS = EPOCHS * BATCHES
scheduler = keras.callbacks.LearningRateScheduler

CALLBACKS: dict[str, Callable[[], keras.callbacks.Callback]] = {
    "exponential, an epoch": lambda: scheduler(exponential_decay(lr0=0.1, s=2)),
    "exponential, from the current": lambda: scheduler(exponential_decay_from_current),
    "exponential, a batch": lambda: ExponentialDecay(s=10),
    "piecewise constant": lambda: scheduler(piecewise_constant([1, 3], [0.1, 0.05, 0.01])),
    "power": lambda: scheduler(lambda epoch: 0.1 / (1 + epoch / 2)),
    "plateau": lambda: keras.callbacks.ReduceLROnPlateau(
        factor=0.5,
        patience=1,
        min_delta=10.0,  # every epoch is a plateau
    ),
    "range test": lambda: ExponentialLearningRate(1.1),
    "1cycle": lambda: OneCycleScheduler(STEPS, max_rate=0.1),
}
BY_BATCH = {"exponential, a batch", "range test", "1cycle"}


def trained(
    name: str, optimizer: str, fit: Callable[..., Any], **more: Any
) -> tuple[keras.Model, Any, Any]:
    keras.utils.set_random_seed(7)
    model = dense_net(optimizer=optimizer)
    callback = CALLBACKS[name]()
    arguments = {"batch_size": 8, "epochs": EPOCHS, "shuffle": False, "verbose": 0} | more
    run = fit(model, X, Y, validation_data=(X[:16], Y[:16]), callbacks=[callback], **arguments)
    return model, run, callback


@cache
def by_keras(name: str, optimizer: str) -> tuple[keras.Model, Any, Any]:
    """Once for all engines."""
    return trained(name, optimizer, keras.Model.fit)


@pytest.mark.parametrize("optimizer", ["sgd", "nadam"])
@pytest.mark.parametrize("name", CALLBACKS)
def test_a_callback_does_what_it_does_in_keras(name, optimizer, engine):
    theirs, history, before = by_keras(name, optimizer)
    ours, run, after = trained(name, optimizer, epochal.fit, engine=engine)
    assert run.engine == engine
    assert run.batch_by_batch is (name in BY_BATCH)
    assert_same_history(run.history, history.history)
    assert_same_weights(ours, theirs)
    assert_allclose(ours.optimizer.learning_rate, theirs.optimizer.learning_rate, **LOSS_PARITY)
    if name == "range test":
        assert_allclose(after.rates, before.rates, **FLOAT32_ROUNDING)
        assert_allclose(after.losses, before.losses, **LOSS_PARITY)


EXPECTED = {
    "exponential, an epoch": np.repeat(0.1 * 0.1 ** (np.arange(EPOCHS) / 2), BATCHES),
    "exponential, from the current": np.repeat(
        0.01 * 0.1 ** (np.arange(1, EPOCHS + 1) / 20), BATCHES
    ),
    "exponential, a batch": 0.01 * 0.1 ** (np.arange(1, STEPS + 1) / 10),
    "piecewise constant": np.repeat([0.1, 0.05, 0.05, 0.01], BATCHES),
    "power": np.repeat(0.1 / (1 + np.arange(EPOCHS) / 2), BATCHES),
    "plateau": np.repeat([0.01, 0.01, 0.005, 0.0025], BATCHES),
    "range test": 0.01 * 1.1 ** np.arange(STEPS),
    "1cycle": reference.one_cycle(0.1, STEPS),
}


@pytest.mark.parametrize("name", CALLBACKS)
def test_the_run_keeps_the_rates_that_a_callback_set(name, engine):
    _, run, _ = trained(name, "sgd", epochal.fit, engine=engine)
    assert_allclose(run.learning_rates, EXPECTED[name], **LEARNING_RATES)


def test_the_documents_cycle_is_the_schedule(engine):
    theirs = trained("1cycle", "sgd", epochal.fit, engine=engine)[1]
    keras.utils.set_random_seed(7)
    model = dense_net()
    ours = epochal.fit(
        model,
        X,
        Y,
        batch_size=8,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        engine=engine,
        schedule=epochal.schedules.OneCycle(0.1),
    )
    assert_allclose(ours.losses, theirs.losses, **LOSS_PARITY)
