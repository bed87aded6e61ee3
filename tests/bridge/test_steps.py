"""A model's own steps as functions: the numbers of Keras' own, and no side effect."""

import keras
import numpy as np
from keras import layers
from numpy.testing import assert_allclose

from epochal.bridge.state import read_state, read_weights, write_state
from epochal.bridge.steps import StepOptions, model_steps, stochastic_outputs
from epochal.engine import StepRates
from tests.tolerances import FLOAT32_REDUCTION

X = np.random.default_rng(0).standard_normal((6, 4)).astype("float32")
Y = X[:, :2].copy()


def built() -> keras.Model:
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "relu"), layers.Dense(2)])
    model.compile(keras.optimizers.SGD(0.5), "mse", metrics=["mae"])
    model.fit(X, Y, verbose=0)
    return model


def values(model: keras.Model) -> list[bytes]:
    return [np.asarray(value).tobytes() for group in read_state(model) for value in group]


def test_a_step_is_keras_own_at_the_rate_that_it_is_given() -> None:
    model, theirs = built(), built()
    before = values(model)
    rates = StepRates(np.float32(0.25))
    state, recorded, carried = model_steps(model).train(read_state(model), (X, Y), rates)
    assert values(model) == before
    assert carried == {}
    theirs.optimizer.learning_rate = 0.25
    loss = theirs.train_on_batch(X, Y)[0]
    assert_allclose(recorded["loss"], loss, **FLOAT32_REDUCTION)
    for ours, variable in zip(state.trainable, theirs.trainable_variables, strict=True):
        assert_allclose(ours, variable, **FLOAT32_REDUCTION)


def test_a_gradient_norm_is_recorded_where_it_is_asked_for() -> None:
    model = built()
    state = read_state(model)
    options = StepOptions(tracked=("gradient_norm",))
    after, recorded, _ = model_steps(model, options).train(state, (X, Y), StepRates(1.0))
    moved = [np.asarray(a) - np.asarray(b) for a, b in zip(state[0], after[0], strict=True)]
    norm = np.sqrt(sum((np.float64(one) ** 2).sum() for one in moved))
    assert_allclose(recorded["gradient_norm"], norm, **FLOAT32_REDUCTION)


def test_tests_and_predictions_leave_the_model_as_it_is() -> None:
    model = built()
    steps, before = model_steps(model), values(model)
    state, carried = steps.test(read_state(model), (X, Y))
    outputs, _ = steps.predict(read_state(model), (X,))
    assert values(model) == before
    assert_allclose(outputs, model(X), **FLOAT32_REDUCTION)
    write_state(model, state)
    assert set(steps.result(state, carried)) == {"loss", "mae"}


def test_samples_of_a_row_differ_by_their_keys_alone() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dropout(0.5)])
    outputs, state = stochastic_outputs(model).outputs, read_weights(model)
    from_key = [
        np.asarray(outputs(state, X[0], lambda seed, key=key: np.array([key, 0], np.uint32)))
        for key in (1, 1, 2, 3, 4, 5)
    ]
    assert np.array_equal(from_key[0], from_key[1])
    assert len({sample.tobytes() for sample in from_key}) > 1
