"""The stochastic copy: the model's own weights, noise that stays on, and nothing else."""

from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

import epochal
from epochal.errors import InputError
from epochal.layers import MCDropout, MCGaussianNoise
from tests.tolerances import FLOAT32_REDUCTION

L = keras.layers
X = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)


def sequential() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((5,)),
            L.Dense(8, "relu"),
            L.BatchNormalization(),
            L.Dropout(0.5, name="drop"),
            L.Dense(3, "softmax"),
        ]
    )


def functional() -> keras.Model:
    inputs = keras.Input((5,))
    drop, dense = L.Dropout(0.5, name="drop"), L.Dense(5, "relu")
    once = dense(drop(inputs))
    twice = dense(drop(once))  # layers that stand in the graph twice
    noisy = L.GaussianNoise(0.5, name="noise")(L.Add()([once, twice]))
    return keras.Model(inputs, L.Dense(2)(noisy))


def nested() -> keras.Model:
    inputs = keras.Input((5,))
    return keras.Model(inputs, L.Dense(1, "sigmoid")(sequential()(functional_part()(inputs))))


def functional_part() -> keras.Model:
    inputs = keras.Input((5,))
    return keras.Model(inputs, L.Dropout(0.2)(L.Dense(5, "tanh")(inputs)))


every_model = pytest.mark.parametrize("make", [sequential, functional, nested])


@every_model
def test_all_weights_are_the_models_own(make) -> None:
    model = make()
    copy = epochal.monte_carlo(model)
    assert type(copy) is type(model)
    assert [id(weight) for weight in copy.weights] == [id(weight) for weight in model.weights]


@every_model
def test_the_twin_draws_and_the_model_does_not(make) -> None:
    model = make()
    before = model.predict(X, verbose=0)
    copy = epochal.monte_carlo(model)
    assert not np.array_equal(copy.predict(X, verbose=0), copy.predict(X, verbose=0))
    assert np.array_equal(model.predict(X, verbose=0), before)


@every_model
def test_it_is_saved_and_loaded_in_safe_mode(make, tmp_path: Path) -> None:
    copy = epochal.monte_carlo(make())
    copy.save(tmp_path / "copy.keras")
    loaded = keras.saving.load_model(tmp_path / "copy.keras", safe_mode=True)
    assert not np.array_equal(loaded.predict(X, verbose=0), loaded.predict(X, verbose=0))
    ours, theirs = (epochal.predict_monte_carlo(each, X, samples=8) for each in (copy, loaded))
    assert np.array_equal(ours.mean, theirs.mean)


def test_layers_keep_their_names_and_their_rates() -> None:
    model = functional()
    copy = epochal.monte_carlo(model)
    # Keras names the input of a clone after its tensor.
    names = [[layer.name for layer in each.layers[1:]] for each in (copy, model)]
    assert names[0] == names[1]
    assert type(copy.get_layer("drop")) is MCDropout
    assert copy.get_layer("drop").rate == 0.5
    assert type(copy.get_layer("noise")) is MCGaussianNoise
    assert copy.layers[2] is model.layers[2]


def test_training_one_trains_the_other() -> None:
    model = sequential()
    model.compile("sgd", "sparse_categorical_crossentropy")
    copy = epochal.monte_carlo(model)
    before = np.array(copy.layers[0].kernel)
    epochal.fit(model, X, np.arange(6) % 3, epochs=1, verbose=0)
    assert not np.array_equal(copy.layers[0].kernel, before)
    assert copy.evaluate(X, np.arange(6) % 3, verbose=0) > 0  # compiled as the model is


def test_batch_normalisation_stays_in_inference() -> None:
    model = sequential()
    copy = epochal.monte_carlo(model)
    copy.predict(X * 100, verbose=0)
    assert np.array_equal(model.layers[1].moving_mean, np.zeros(8))
    # Its mean over many draws is that of the model whose dropout alone is on.
    draws = np.mean([copy(X) for _ in range(400)], axis=0)
    expected = epochal.predict_monte_carlo(model, X, samples=4000)
    error = expected.standard_deviation / np.sqrt(400)
    assert (np.abs(draws - expected.mean) < 5 * error).all()


def test_the_twin_and_the_model_give_the_same_samples() -> None:
    model = nested()
    ours = epochal.predict_monte_carlo(model, X, samples=16, engine="xla")
    copies = epochal.predict_monte_carlo(epochal.monte_carlo(model), X, samples=16, engine="xla")
    assert_allclose(ours.mean, copies.mean, **FLOAT32_REDUCTION)
    assert_allclose(ours.quantiles, copies.quantiles, **FLOAT32_REDUCTION)


def test_the_twin_of_a_twin_has_its_layers() -> None:
    copy = epochal.monte_carlo(sequential())
    again = epochal.monte_carlo(copy)
    assert all(one is other for one, other in zip(again.layers, copy.layers, strict=True))


class Subclass(keras.Model):
    def call(self, x):
        return x


def with_layer(layer: keras.Layer) -> keras.Model:
    return keras.Sequential([keras.Input((4, 5)), layer])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            keras.Sequential([keras.Input((3,)), L.Dense(1)]),
            "model must have a dropout or noise layer to be stochastic, got none: "
            "add keras.layers.Dropout and train again.",
        ),
        (
            Subclass(),
            "model must be a Sequential or functional keras.Model, got Subclass, a subclass with a "
            "call of its own: call epochal.predict_monte_carlo(model, x), which takes any model.",
        ),
        (
            keras.Sequential([L.Dropout(0.5), L.Dense(1)], name="bare"),
            "model must be built before epochal.monte_carlo, got 'bare' without weights: "
            "give it a keras.Input or call it on one batch.",
        ),
        (
            with_layer(L.LSTM(2, dropout=0.5, name="memory")),
            "model must have its dropout as layers of their own, got the layer 'memory' (LSTM) "
            "with dropout inside: call epochal.predict_monte_carlo(model, x), which takes any "
            "model.",
        ),
        (
            "a model",
            "model must be a keras.Model, got 'a model': "
            "pass the model itself, as in epochal.monte_carlo(model, ...).",
        ),
    ],
)
def test_what_has_no_twin_is_refused(model, message: str) -> None:
    with pytest.raises(InputError) as raised:
        epochal.monte_carlo(model)
    assert str(raised.value) == message
