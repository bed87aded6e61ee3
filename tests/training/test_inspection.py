"""Activations forward and gradients backward, against a plain NumPy loop."""

import re

import keras
import numpy as np
import pytest

import epochal
from epochal.errors import InputError
from tests.tolerances import LAYER_GRADIENTS, LAYER_OUTPUTS, SCALED_GRADIENTS

generator = np.random.default_rng(3)
X = generator.normal(size=(6, 4)).astype(np.float32)
Y = generator.normal(size=(6, 1)).astype(np.float32)


def network(penalty: float = 0.1) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(3, activation="tanh", name="hidden"),
            keras.layers.Dropout(0.5, name="dropout"),
            keras.layers.Dense(1, name="head", kernel_regularizer=keras.regularizers.L2(penalty)),
        ]
    )
    model.compile("sgd", "mse")
    return model


def test_outputs_of_each_layer_in_inference_mode():
    model = network()
    hidden, bias, _, _ = model.get_weights()
    found = epochal.layer_outputs(model, X)
    assert list(found) == ["hidden", "dropout", "head"]
    np.testing.assert_allclose(found["hidden"], np.tanh(X @ hidden + bias), **LAYER_OUTPUTS)
    np.testing.assert_array_equal(found["dropout"], found["hidden"])
    np.testing.assert_allclose(found["head"], model.predict(X, verbose=0), **LAYER_OUTPUTS)


def test_a_layer_with_several_outputs_has_an_entry_for_each():
    inputs = keras.Input((4, 2))
    sequence, hidden, cell = keras.layers.LSTM(
        3, return_sequences=True, return_state=True, name="lstm"
    )(inputs)
    merged = keras.layers.Concatenate(name="merged")([hidden, cell])
    outputs = keras.layers.Dense(1, name="head")(merged)
    model = keras.Model(inputs, [outputs, sequence])
    found = epochal.layer_outputs(model, np.ones((6, 4, 2), np.float32))
    assert found["lstm/0"].shape == (6, 4, 3)
    np.testing.assert_array_equal(found["lstm/0"][:, -1], found["lstm/1"])
    both = np.concatenate([found["lstm/1"], found["lstm/2"]], axis=1)
    np.testing.assert_array_equal(found["merged"], both)


def test_a_layer_that_is_called_twice_has_an_entry_for_each_call():
    first, second = keras.Input((4,)), keras.Input((4,))
    shared = keras.layers.Dense(3, use_bias=False, name="shared")
    total = keras.layers.Add(name="total")([shared(first), shared(second)])
    model = keras.Model([first, second], keras.layers.Dense(1, name="head")(total))
    found = epochal.layer_outputs(model, [X, 2 * X])
    np.testing.assert_allclose(found["shared/1"], 2 * found["shared/0"], **LAYER_OUTPUTS)
    both = found["shared/0"] + found["shared/1"]
    np.testing.assert_allclose(found["total"], both, **LAYER_OUTPUTS)


def test_layers_that_were_another_models_are_there():
    first = network()
    second = keras.Sequential([*first.layers[:-1], keras.layers.Dense(2, name="new")])
    second.build((None, 4))
    for model in (first, second):
        found = epochal.layer_outputs(model, X)
        assert list(found) == [layer.name for layer in model.layers]
        prediction = model.predict(X, verbose=0)
        np.testing.assert_allclose(list(found.values())[-1], prediction, **LAYER_OUTPUTS)


def test_layers_that_were_added_one_by_one_are_there():
    model = keras.Sequential([keras.Input((4,))])
    for name in ("first", "second", "third"):
        model.add(keras.layers.Dense(3, name=name))
    assert list(epochal.layer_outputs(model, X)) == ["first", "second", "third"]


def test_gradients_are_those_of_the_penalized_loss():
    model = network()
    kernel, bias, head, last = model.get_weights()
    values = np.tanh(X @ kernel + bias)
    back = 2 * (values @ head + last - Y) / len(X)
    hidden = back @ head.T * (1 - values**2)
    found = epochal.layer_gradients(model, X, Y)
    expected = {
        "hidden/kernel": X.T @ hidden,
        "hidden/bias": hidden.sum(0),
        "head/kernel": values.T @ back + 0.2 * head,
        "head/bias": back.sum(0),
    }
    assert len(found) == len(expected)
    for path, gradient in found.items():
        np.testing.assert_allclose(gradient, expected[path], **LAYER_GRADIENTS)


def test_gradients_of_a_model_that_multiplies_its_inputs_itself():
    class Scaled(keras.Model):
        def __init__(self):
            super().__init__(name="scaled")
            self.scale = self.add_weight(shape=(4,), initializer="ones", name="scale")

        def call(self, inputs):
            return inputs * self.scale

    model = Scaled()
    model.compile("sgd", "mse")
    model(X)
    found = epochal.layer_gradients(model, X, np.zeros_like(X))
    assert list(found) == ["scale"]
    np.testing.assert_allclose(found["scale"], 2 * (X**2).mean(0) / 4, **SCALED_GRADIENTS)


def test_sample_weights_scale_the_loss():
    model = network(penalty=0.0)
    once = epochal.layer_gradients(model, X, Y)
    twice = epochal.layer_gradients(model, X, Y, np.full(6, 2.0))
    for path, gradient in once.items():
        np.testing.assert_allclose(twice[path], 2 * gradient, **SCALED_GRADIENTS)


def test_the_model_stays_as_it_was():
    model = network()
    before = [variable.numpy().copy() for variable in model.variables]
    epochal.layer_outputs(model, X)
    epochal.layer_gradients(model, X, Y)
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_a_model_without_a_graph_is_refused():
    model = keras.Sequential([keras.layers.Dense(1)], name="unbuilt")
    sentence = "model must be built and made of layers (Sequential or functional), got 'unbuilt'"
    with pytest.raises(InputError, match=re.escape(sentence)):
        epochal.layer_outputs(model, X)


def test_a_model_that_is_not_compiled_is_refused():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    with pytest.raises(InputError, match=r"compiled before epochal\.layer_gradients"):
        epochal.layer_gradients(model, X, Y)


def test_gradients_need_targets():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    sentence = "y must hold the targets that the loss compares with, got None: pass them, "
    with pytest.raises(InputError, match=re.escape(sentence)):
        epochal.layer_gradients(model, np.ones((5, 1)), None)
