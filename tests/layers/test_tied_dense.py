"""The way back through another layer's kernel."""

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.errors import InputError
from epochal.layers import TiedDense
from tests.tolerances import FLOAT32_REDUCTION
from tests.training.parity import assert_parity, fit_both, numbers

X = numbers(44, 6)


def tied_net(**options):
    keras.utils.set_random_seed(1)
    first, second = layers.Dense(5, "tanh", name="first"), layers.Dense(3, "elu", name="second")
    back = [TiedDense(second, "tanh", **options), TiedDense(first, **options)]
    model = keras.Sequential([keras.Input((6,)), first, second, *back])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model


def test_it_is_the_transposed_product():
    model = tied_net(bias_initializer="ones")
    first, second, up, out = model.layers
    code = model.layers[1](first(X))
    by_hand = np.tanh(code @ np.asarray(second.kernel).T + 1) @ np.asarray(first.kernel).T + 1
    assert_allclose(model.predict(X, verbose=0), by_hand, **FLOAT32_REDUCTION)
    assert (up.output.shape, out.output.shape) == ((None, 5), (None, 6))


def test_the_kernel_is_one_variable_and_gets_the_gradients_of_both_ways():
    """d/dW of the mean of (x W W^T - x)^2, by finite differences in float64."""
    down = layers.Dense(2, use_bias=False)
    model = keras.Sequential([keras.Input((6,)), down, TiedDense(down, use_bias=False)])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    kernel = np.asarray(down.kernel, np.float64)
    assert len(model.weights) == 1

    def loss(w):
        return np.mean((X.astype(float) @ w @ w.T - X) ** 2)

    epochal.fit(model, X, X, batch_size=len(X), shuffle=False, verbose=0)
    moved = kernel - np.asarray(down.kernel)
    for row, column in np.ndindex(kernel.shape):
        step = np.zeros_like(kernel)
        step[row, column] = 1e-5
        slope = (loss(kernel + step) - loss(kernel - step)) / 2e-5
        assert moved[row, column] == pytest.approx(slope, rel=1e-4, abs=1e-5)


def test_it_trains_as_in_keras():
    assert_parity(fit_both(tied_net, X, X))


@pytest.mark.parametrize("options", [{}, {"use_bias": False}])
def test_a_saved_model_is_tied_again(options, tmp_path):
    model = tied_net(**options)
    epochal.fit(model, X, X, epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert loaded.layers[2].tied_to is loaded.layers[1]
    assert loaded.layers[3].tied_to is loaded.layers[0]
    assert loaded.count_params() == model.count_params()
    assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    for each in (model, loaded):
        epochal.fit(each, X, X, epochs=2, seed=1, verbose=0)
    assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


def test_what_it_refuses():
    with pytest.raises(InputError) as error:
        TiedDense(layers.Flatten())
    assert str(error.value) == (
        "tied_to must be a keras.layers.Dense, got Flatten: pass the layer whose kernel is to be "
        "shared."
    )
    with pytest.raises(InputError) as error:
        TiedDense(layers.Dense(3, name="down"))(X)
    assert str(error.value) == (
        "tied_to must be built before the layer that is tied to it, got 'down' without weights: "
        "put both in one model, the tied one above."
    )
    down = layers.Dense(3)
    down.build((None, 8))
    with pytest.raises(InputError) as error:
        TiedDense(down)(X)
    assert str(error.value) == (
        "tied_to must have as many units as the input has columns, 6, got 3: tie to a layer of "
        "that many."
    )
