"""Cosine decay: Keras' numbers, and its length from the fit."""

import keras
import numpy as np
import pytest

import epochal
from epochal.errors import InputError
from epochal.schedules.cosine_decay import CosineDecay


def test_it_is_keras_schedule_of_that_name():
    steps = np.arange(0, 130)
    ours, theirs = CosineDecay(0.3, 100), keras.optimizers.schedules.CosineDecay(0.3, 100)
    wanted = [float(theirs(step)) for step in steps]
    np.testing.assert_allclose(ours(steps), wanted, rtol=1e-5, atol=1e-7)
    assert float(ours(50)) == pytest.approx(0.15)


def test_it_takes_its_length_from_the_fit():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.zeros((40, 2), np.float32)
    run = epochal.fit(
        model, x, x[:, :1], batch_size=10, epochs=5, schedule=CosineDecay(0.1), verbose=0
    )
    np.testing.assert_allclose(run.learning_rates, CosineDecay(0.1, 20)(np.arange(20)), rtol=1e-6)


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="total_steps must be a whole number of at least 1, got 0"):
        CosineDecay(0.1, 0)
    with pytest.raises(InputError, match="initial_learning_rate"):
        CosineDecay(-1.0)
