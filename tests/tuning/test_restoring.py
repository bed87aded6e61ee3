"""Training that leaves no trace on the model, also where it fails."""

from contextlib import nullcontext

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal

import epochal
from epochal.tuning.restoring import restored_afterwards
from tests.training.parity import compiled, numbers

X, Y = numbers(20, 6), numbers(20, 1, seed=1)


def dropped() -> keras.Model:
    layers = keras.layers
    parts = layers.Dense(5), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(1)
    return compiled(keras.Input((6,)), *parts, optimizer=keras.optimizers.Adam(0.1))


def everything(model: keras.Model) -> list[np.ndarray]:
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return [np.array(each) for each in variables]


@pytest.mark.parametrize("failing", [False, True])
def test_weights_statistics_seeds_and_the_optimizer_are_as_before(failing):
    model = dropped()
    epochal.fit(model, X, Y, verbose=0)
    optimizer, history, before = model.optimizer, model.history, everything(model)
    with pytest.raises(RuntimeError) if failing else nullcontext():  # noqa: SIM117
        with restored_afterwards(model, X, Y, None, 8):
            assert model.optimizer is not optimizer
            assert int(model.optimizer.iterations) == 0
            assert float(model.optimizer.learning_rate) == 1
            epochal.fit(model, X, Y, verbose=0)
            model.stop_training = True
            if failing:
                raise RuntimeError
    assert model.optimizer is optimizer
    assert model.history is history
    assert not model.stop_training
    for now, then in zip(everything(model), before, strict=True):
        assert_array_equal(now, then)


def test_a_model_that_was_never_fitted_has_nothing_of_a_fit():
    model = dropped()
    had = "history" in vars(model)
    with restored_afterwards(model, X, Y, None, 8):
        epochal.fit(model, X, Y, verbose=0)
    assert ("history" in vars(model)) == had
    assert int(model.optimizer.iterations) == 0
