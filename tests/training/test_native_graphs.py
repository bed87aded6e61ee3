"""Graphs of layers in the `native` engine, beside Keras: branches that meet, several inputs."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose

import epochal
from epochal.errors import InputError
from tests.tolerances import LOSS_PARITY
from tests.training.parity import assert_parity, fit_both, labels, numbers

pytestmark = pytest.mark.native


@pytest.fixture(scope="module", autouse=True)
def engine():
    """These tests name their engine themselves."""


ROWS = 56  # 7 batches of 8
X, TARGETS = numbers(ROWS, 6), numbers(ROWS, 3, seed=5)
ONE_HOT = np.eye(3, dtype=np.float32)[labels(ROWS, 3)]
WEIGHTS = np.random.default_rng(1).uniform(0.2, 2.0, ROWS).astype(np.float32)
IMAGES = np.random.default_rng(3).integers(0, 256, (ROWS, 5, 4, 3)).astype(np.uint8)


def functional(output: Any, *inputs: Any, **options: Any) -> keras.Model:
    model = keras.Model(inputs[0] if len(inputs) == 1 else list(inputs), output)
    model.compile(**({"optimizer": "sgd", "loss": "mse"} | options))
    return model


def residual() -> keras.Model:
    x = keras.Input((6,))
    hidden = layers.Dense(20, "relu")(x)
    inner = layers.Dense(20, kernel_regularizer="l2")(layers.LayerNormalization()(hidden))
    hidden = layers.Add()([hidden, layers.Activation("gelu")(inner)])
    hidden = layers.Add()([hidden, layers.Dense(20, "tanh")(hidden), inner])
    return functional(layers.Dense(3, "softmax")(hidden), x, optimizer="adam")


def dense_blocks() -> keras.Model:
    x = keras.Input((3, 2))
    flat = layers.Flatten()(x)
    first = layers.Concatenate()([flat, layers.Dense(17, "selu")(flat)])
    second = layers.Concatenate()([layers.Dense(33, "elu")(first), first, flat])
    return functional(layers.Dense(3)(layers.ReLU()(second)), x, loss="mae")


def gated() -> keras.Model:
    x = keras.Input((6,))
    hidden = layers.Dense(20)(x)
    gate = layers.Dense(20, "sigmoid")(x)
    mixed = layers.Multiply()([hidden, gate, hidden])
    mixed = layers.Average()([mixed, hidden, gate])
    mixed = layers.Subtract()([mixed, layers.Dense(20)(gate)])
    return functional(layers.Dense(3)(mixed), x, optimizer="rmsprop")


@pytest.mark.parametrize("make", [residual, dense_blocks, gated])
def test_graphs_beside_keras(make):
    x = X.reshape(ROWS, 3, 2) if make is dense_blocks else X
    pair = fit_both(make, x, ONE_HOT, epochs=10, validation_data=(x[:8], ONE_HOT[:8]))
    assert pair.run.engine == "native"
    assert_parity(pair)
    expected = pair.ours.predict(x, batch_size=ROWS, verbose=0)
    assert_allclose(epochal.predict(pair.ours, x, verbose=0), expected, **LOSS_PARITY)


def convolutions(shape: tuple[int | None, ...] = (5, 4, 3), rate: float = 0.0) -> keras.Model:
    """A model to be used as a layer."""
    parts = [layers.Conv2D(6, 3, padding="same"), layers.BatchNormalization(), layers.ReLU()]
    return keras.Sequential([keras.Input(shape), *parts, layers.Dropout(rate)])


def model_as_a_layer(rate: float = 0.0) -> keras.Model:
    parts = [convolutions(rate=rate), layers.Conv2D(4, 2)]
    x = keras.Input((5, 4, 3))
    inner = keras.Sequential([keras.Input((5, 4, 3)), *parts])
    hidden = layers.Flatten()(inner(x))
    return functional(layers.Dense(3, "softmax")(hidden), x)


def frozen_base() -> keras.Model:
    """The usual way of transferring what a network has learned."""
    base = convolutions()
    base.trainable = False
    x = keras.Input((5, 4, 3))
    hidden = layers.GlobalAveragePooling2D()(base(x, training=False))
    return functional(layers.Dense(3, "softmax")(hidden), x, optimizer="adam")


def images_of_any_size() -> keras.Model:
    inner = keras.Sequential([convolutions((None, None, 3)), layers.GlobalMaxPooling2D()])
    x = keras.Input((5, 4, 3))
    return functional(layers.Dense(3, "softmax")(inner(x)), x)


def several_values_within() -> keras.Model:
    """A model of two inputs and two outputs as a layer, called with its inputs in another order."""
    one, two = keras.Input((5, 4, 3)), keras.Input((5, 4, 1))
    hidden = layers.Conv2D(3, 3, padding="same")(layers.Concatenate()([one, two]))
    inner = keras.Model([two, one], [layers.ReLU()(hidden), hidden])
    x = keras.Input((5, 4, 3))
    first, second = inner([layers.Conv2D(1, 1)(x), x])
    merged = layers.Flatten()(layers.Subtract()([second, first]))
    return functional(layers.Dense(3, "softmax")(merged), x)


@pytest.mark.parametrize(
    "make", [model_as_a_layer, frozen_base, images_of_any_size, several_values_within]
)
def test_models_as_layers_beside_keras(make):
    x = IMAGES.astype(np.float32) / 255
    pair = fit_both(make, x, ONE_HOT, epochs=5, validation_data=(x[:8], ONE_HOT[:8]))
    assert pair.run.engine == "native", pair.run.engine_reason
    assert_parity(pair)
    expected = pair.theirs.predict(x, batch_size=ROWS, verbose=0)
    assert_allclose(epochal.predict(pair.ours, x, verbose=0), expected, **LOSS_PARITY)


def test_a_model_as_a_layer_draws_what_it_draws_elsewhere():
    x, histories = IMAGES.astype(np.float32) / 255, []
    for engine in ("native", "xla"):
        keras.utils.set_random_seed(3)
        run = epochal.fit(model_as_a_layer(0.2), x, ONE_HOT, seed=1, verbose=0, engine=engine)
        histories.append(run.losses)
    assert_allclose(histories[0], histories[1], **LOSS_PARITY)


def squeezed() -> keras.Model:
    """Squeeze and excitation: channels weighed by what all pixels say, in either order."""
    x = keras.Input((5, 4, 3))
    hidden = layers.Conv2D(6, 3, padding="same", activation="silu")(x)
    factors = layers.Reshape((1, 1, 6))(layers.GlobalAveragePooling2D()(hidden))
    factors = layers.Conv2D(6, 1, activation="sigmoid")(layers.Conv2D(2, 1)(factors))
    hidden = layers.Multiply()([hidden, factors])
    hidden = factors * layers.Conv2D(6, 1)(hidden)
    return functional(layers.Dense(3, "softmax")(layers.Flatten()(hidden)), x, optimizer="adam")


def written_out() -> keras.Model:
    """Arithmetic of values and numbers, as MobileNetV3 has it."""
    x = keras.Input((5, 4, 3))
    hidden = layers.Conv2D(6, 3, padding="same")(x)
    hidden = hidden * (layers.ReLU(6.0)(hidden + 3.0) * (1.0 / 6.0))
    hidden = 1 - hidden / 2 + layers.Conv2D(6, 1)(hidden - 0.5)
    hidden = keras.ops.subtract(0.25 + hidden, 2 * layers.Conv2D(6, 1)(hidden))
    return functional(layers.Dense(3, "softmax")(layers.Flatten()(hidden)), x)


@pytest.mark.parametrize("make", [squeezed, written_out])
def test_products_and_sums_beside_keras(make):
    x = IMAGES.astype(np.float32) / 255
    pair = fit_both(make, x, ONE_HOT, epochs=5, validation_data=(x[:8], ONE_HOT[:8]))
    assert pair.run.engine == "native", pair.run.engine_reason
    assert_parity(pair)


@pytest.mark.parametrize("drawn", [(None, 1, 1, 1), (None, 1, 1, None), (None, 1, 1, 6), None])
def test_what_is_dropped_at_once(drawn):
    """Of rows and channels: what the other engine draws, which a noise_shape alone decides."""
    x, losses = IMAGES.astype(np.float32) / 255, []
    for engine in ("native", "xla"):
        keras.utils.set_random_seed(3)
        parts = [layers.Conv2D(6, 3, activation="tanh"), layers.Dropout(0.4, noise_shape=drawn)]
        model = keras.Sequential([keras.Input((5, 4, 3)), *parts, layers.Flatten()])
        model.add(layers.Dense(3, "softmax"))
        model.compile("sgd", "categorical_crossentropy")
        run = epochal.fit(model, x, ONE_HOT, seed=1, epochs=2, verbose=0, engine=engine)
        losses.append(run.losses)
    assert_allclose(losses[0], losses[1], **LOSS_PARITY)


def embedded_within() -> keras.Model:
    words = [keras.Input((4,), dtype="int32"), layers.Embedding(9, 5), layers.Flatten()]
    x = keras.Input((4,), dtype="int32")
    return functional(layers.Dense(3)(keras.Sequential(words)(x)), x)


def test_a_model_of_whole_numbers_as_a_layer():
    words = np.random.default_rng(0).integers(0, 9, (ROWS, 4)).astype(np.int32)
    pair = fit_both(embedded_within, words, TARGETS)
    assert pair.run.engine == "native"
    assert_parity(pair)


def a_model_used_twice() -> keras.Model:
    x, inner = keras.Input((6,)), keras.Sequential([keras.Input((6,)), layers.Dense(6)])
    return functional(layers.Dense(3)(inner(inner(x))), x)


def model_of_named_inputs() -> keras.Model:
    one, two = keras.Input((6,), name="one"), keras.Input((6,), name="two")
    inner = keras.Model({"one": one, "two": two}, layers.Add()([one, layers.Dense(6)(two)]))
    x = keras.Input((6,))
    return functional(layers.Dense(3)(inner({"two": x, "one": layers.Dense(6)(x)})), x)


def converted_within() -> keras.Model:
    inner = keras.Sequential([keras.Input((6,), dtype="int32"), layers.Embedding(9, 5)])
    x = keras.Input((6,))
    return functional(layers.Dense(3)(layers.Flatten()(inner(x))), x)


def wide_and_deep() -> keras.Model:
    wide, image = keras.Input((6,)), keras.Input((5, 4, 3))
    deep = layers.Dense(20, "relu")(layers.Flatten()(layers.Rescaling(1 / 255)(image)))
    merged = layers.Concatenate()([wide, layers.Dense(5, "relu")(deep)])
    return functional(layers.Dense(3)(merged), wide, image, optimizer="adam")


def test_several_inputs_beside_keras():
    x = [X, IMAGES]
    pair = fit_both(wide_and_deep, x, TARGETS, epochs=10, sample_weight=WEIGHTS)
    assert pair.run.engine == "native"
    assert_parity(pair)
    predicted = pair.ours.predict(x, batch_size=ROWS, verbose=0)
    assert_allclose(epochal.predict(pair.ours, x, verbose=0), predicted, **LOSS_PARITY)
    assert_allclose(epochal.predictor(pair.ours)(x), predicted, **LOSS_PARITY)


def named() -> keras.Model:
    inputs = {"b": keras.Input((6,)), "a": keras.Input((3,))}
    merged = layers.Concatenate()([inputs["b"], layers.Dense(4, "tanh")(inputs["a"])])
    model = keras.Model(inputs, layers.Dense(3)(merged))
    model.compile("sgd", "mse")
    return model


def test_inputs_with_names_beside_keras():
    x = {"a": TARGETS, "b": X}
    pair = fit_both(named, x, TARGETS, epochs=5)
    assert pair.run.engine == "native"
    assert_parity(pair)
    predicted = pair.ours.predict(x, batch_size=ROWS, verbose=0)
    assert_allclose(epochal.predict(pair.ours, x, verbose=0), predicted, **LOSS_PARITY)


def of_bytes(*, first: str = "rescaling") -> keras.Model:
    image = keras.Input((5, 4, 3), dtype="uint8")
    flat = layers.Flatten()(image)
    value = layers.Rescaling(1 / 255)(flat) if first == "rescaling" else layers.ReLU()(flat)
    return functional(layers.Dense(3)(value), image)


def test_inputs_of_bytes_beside_keras():
    pair = fit_both(of_bytes, IMAGES, TARGETS, epochs=5)
    assert pair.run.engine == "native"
    assert_parity(pair)
    run = epochal.fit(of_bytes(), IMAGES.astype(np.float32), TARGETS, verbose=0)
    assert run.engine_reason.endswith("the rows are float32 where the model takes uint8")


def stretched() -> keras.Model:
    x = keras.Input((6,))
    return functional(layers.Add()([layers.Dense(3)(x), layers.Dense(1)(x)]), x)


def arithmetic(of: Any) -> keras.Model:
    x = keras.Input((6,))
    return functional(of(layers.Dense(3)(x)), x)


def dropped(drawn: tuple[int | None, ...]) -> keras.Model:
    x = keras.Input((6,))
    return functional(layers.Dense(3)(layers.Dropout(0.5, noise_shape=drawn)(x)), x)


def nested() -> keras.Model:
    one, two = keras.Input((6,)), keras.Input((6,))
    model = keras.Model([[one], [two]], layers.Dense(3)(layers.Add()([one, two])))
    model.compile("sgd", "mse")
    return model


def used_twice() -> keras.Model:
    x, layer = keras.Input((6,)), layers.Dense(6)
    return functional(layers.Dense(3)(layer(layer(x))), x)


def with_arguments() -> keras.Model:
    x = keras.Input((6,))
    masked = layers.Softmax()(layers.Dense(4)(x), mask=layers.Dense(4)(x))
    return functional(layers.Dense(3)(masked), x)


def with_two_outputs() -> keras.Model:
    x = keras.Input((6,))
    model = keras.Model(x, [layers.Dense(3)(x), layers.Dense(3)(x)])
    model.compile("sgd", ["mse", "mse"])
    return model


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: of_bytes(first="relu"), "ReLU applied to uint8"),
        (nested, "nested inputs"),
        (stretched, "Add that broadcasts one of its inputs"),
        (used_twice, "Dense used twice"),
        (lambda: arithmetic(lambda x: x / layers.Dense(3)(x)), "TrueDivide of two values"),
        (lambda: arithmetic(lambda x: 1 / x), "TrueDivide by a value, or by zero"),
        (lambda: arithmetic(lambda x: x + np.ones(3, np.float32)), "Add with an array"),
        (lambda: dropped((8, 1)), "Dropout with the noise_shape .8, 1."),
        (with_arguments, "Softmax called with mask"),
        (with_two_outputs, "several outputs"),
        (a_model_used_twice, "Dense used twice"),
        (model_of_named_inputs, "a Functional of several inputs by name as a layer"),
        (converted_within, "a Sequential as a layer, given another type than its own"),
    ],
)
def test_what_it_cannot_do_it_says(make, reason):
    x = [[X], [X]] if make is nested else IMAGES if reason.endswith("uint8") else X
    y = [TARGETS, TARGETS] if make is with_two_outputs else TARGETS
    with pytest.raises(InputError, match=f"engine='native' cannot run this, because .*{reason}"):
        epochal.fit(make(), x, y, verbose=0, engine="native")
