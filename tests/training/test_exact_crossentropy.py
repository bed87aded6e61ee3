"""A cross-entropy of probabilities is taken from the logits, however saturated they are."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose

import epochal
from epochal.data.datasets import ImageDataset
from tests.reference import crossentropy as exact
from tests.tolerances import LOSS_PARITY
from tests.training.parity import KERAS_SIDE, labels, numbers

ROWS, CLASSES = 40, 4
KINDS = labels(ROWS, CLASSES)
ONE_HOT = np.eye(CLASSES)[KINDS]
LABELS = labels(ROWS, 2).astype(float)
# From gentle to far beyond float32's softmax: exp(-104) is zero.
LOGITS = {scale: (numbers(ROWS, CLASSES) * scale).astype(float) for scale in (1, 30, 1000)}
SCALES = sorted(LOGITS)

Ends = Callable[[], list]
SOFTMAX: dict[str, Ends] = {
    "in the layer": lambda: [layers.Dense(CLASSES, "softmax")],
    "an Activation of its own": lambda: [layers.Dense(CLASSES), layers.Activation("softmax")],
    "a Softmax layer": lambda: [layers.Dense(CLASSES), layers.Softmax()],
    "a function": lambda: [layers.Dense(CLASSES, keras.activations.softmax)],
}
SIGMOID: dict[str, Ends] = {
    "in the layer": lambda: [layers.Dense(1, "sigmoid")],
    "an Activation of its own": lambda: [layers.Dense(1), layers.Activation("sigmoid")],
}


def identity(ends: list, width: int, loss: Any, **kwargs: Any) -> keras.Model:
    """A model whose logits are its inputs."""
    model = keras.Sequential([keras.Input((width,)), *ends])
    model.compile(keras.optimizers.SGD(1.0), loss, **kwargs)
    kernel = next(weight for weight in model.weights if len(weight.shape) == 2)
    kernel.assign(np.eye(width))
    return model


def gradient_of_bias(model: keras.Model, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What one step of SGD at rate 1 on all rows takes from the biases (which start at zero)."""
    epochal.fit(model, x, y, batch_size=len(x), verbose=0, shuffle=False)
    return -np.asarray(model.layers[0].bias)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("end", SOFTMAX)
def test_softmax_has_the_gradient_of_its_logits(end, scale):
    x = LOGITS[scale]
    model = identity(SOFTMAX[end](), CLASSES, "sparse_categorical_crossentropy")
    expected = (exact.softmax(x) - ONE_HOT).mean(axis=0)
    assert_allclose(gradient_of_bias(model, x, KINDS), expected, **LOSS_PARITY)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("scale", SCALES)
def test_categorical_losses_and_gradients(scale, smoothing):
    x, targets = LOGITS[scale], exact.smoothed(ONE_HOT, smoothing)
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)
    model = identity(SOFTMAX["in the layer"](), CLASSES, loss)
    ours = epochal.evaluate(model, x, ONE_HOT, verbose=0)
    assert_allclose(ours, exact.categorical(x, targets).mean(), **LOSS_PARITY)
    expected = (exact.softmax(x) - targets).mean(axis=0)
    assert_allclose(gradient_of_bias(model, x, ONE_HOT), expected, **LOSS_PARITY)


@pytest.mark.parametrize("column", [False, True])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("end", SIGMOID)
def test_sigmoid_has_the_gradient_of_its_logits(end, scale, column):
    x = LOGITS[scale][:, :1]
    targets = LABELS[:, None]
    model = identity(SIGMOID[end](), 1, "binary_crossentropy")
    y = targets if column else LABELS
    ours = epochal.evaluate(model, x, y, verbose=0)
    assert_allclose(ours, exact.binary(x, targets).mean(), **LOSS_PARITY)
    expected = (exact.sigmoid(x) - targets).mean(axis=0)
    assert_allclose(gradient_of_bias(model, x, y), expected, **LOSS_PARITY)


def test_several_labels_smoothed():
    x, targets = LOGITS[1000], ONE_HOT * 0.8 + 0.1
    loss = keras.losses.BinaryCrossentropy(label_smoothing=0.2)
    model = identity([layers.Dense(CLASSES, "sigmoid")], CLASSES, loss)
    ours = epochal.evaluate(model, x, ONE_HOT, verbose=0)
    assert_allclose(ours, exact.binary(x, targets).mean(), **LOSS_PARITY)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_is_not_clipped_either(policy):
    # Integers, so that half precision holds the logits exactly.
    x = np.round(LOGITS[30] / 4) * 4
    ends = [layers.Dense(CLASSES, "softmax", dtype=policy)]
    model = identity(ends, CLASSES, "sparse_categorical_crossentropy")
    expected = exact.categorical(x, ONE_HOT).mean()
    assert expected > -np.log(1e-7)
    assert_allclose(epochal.evaluate(model, x, KINDS, verbose=0), expected, **LOSS_PARITY)


def test_sequences_of_classes_and_another_axis():
    x = numbers(6, 5, CLASSES) * 100
    y = labels(30, CLASSES).reshape(6, 5)
    model = keras.Sequential([keras.Input((5, CLASSES)), layers.Softmax(axis=-1)])
    model.compile(loss="sparse_categorical_crossentropy")
    expected = exact.categorical(x.astype(float), np.eye(CLASSES)[y]).mean()
    assert_allclose(epochal.evaluate(model, x, y, verbose=0), expected, **LOSS_PARITY)
    # A softmax over another axis than the classes gives no distribution over them: as in Keras.
    other = keras.Sequential([keras.Input((5, CLASSES)), layers.Softmax(axis=1)])
    other.compile(loss="sparse_categorical_crossentropy")
    expected = other.evaluate(x, y, verbose=0)
    assert_allclose(epochal.evaluate(other, x, y, verbose=0), expected, **LOSS_PARITY)


def test_each_of_several_outputs_is_exact():
    inputs = keras.Input((CLASSES,))
    kind = layers.Softmax(name="kind")(inputs)
    yes = layers.Activation("sigmoid", name="yes")(inputs[:, :1])
    model = keras.Model(inputs, {"kind": kind, "yes": yes})
    model.compile(loss={"kind": "sparse_categorical_crossentropy", "yes": "binary_crossentropy"})
    x = LOGITS[1000]
    y = {"kind": KINDS, "yes": LABELS}
    results = epochal.evaluate(model, x, y, verbose=0, return_dict=True)
    expected = exact.categorical(x, ONE_HOT).mean() + exact.binary(x[:, 0], LABELS).mean()
    assert_allclose(results["loss"], expected, **LOSS_PARITY)


def test_an_activation_that_is_used_twice_knows_its_own_logits():
    # Two softmaxes of equal shape in one model, the loss on the second.
    inputs = keras.Input((CLASSES,))
    gate = layers.Softmax()(inputs)
    outputs = layers.Softmax()(layers.Rescaling(500.0)(gate))
    model = keras.Model(inputs, outputs)
    model.compile(loss="sparse_categorical_crossentropy")
    logits = 500 * exact.softmax(LOGITS[1])
    expected = exact.categorical(logits, ONE_HOT).mean()
    ours = epochal.evaluate(model, LOGITS[1], KINDS, verbose=0)
    assert_allclose(ours, expected, **LOSS_PARITY)


def test_predictions_stay_probabilities():
    model = identity(SOFTMAX["in the layer"](), CLASSES, "sparse_categorical_crossentropy")
    predicted = epochal.predict(model, LOGITS[30], verbose=0)
    assert_allclose(predicted, exact.softmax(LOGITS[30]), **LOSS_PARITY)
    assert_allclose(predicted.sum(axis=1), 1, **LOSS_PARITY)


def test_the_loss_of_training_is_that_of_evaluation():
    make = lambda: identity(  # noqa: E731
        SOFTMAX["in the layer"](), CLASSES, "sparse_categorical_crossentropy"
    )
    run = epochal.fit(make(), LOGITS[1000], KINDS, batch_size=ROWS, verbose=0)
    tested = epochal.evaluate(make(), LOGITS[1000], KINDS, verbose=0)
    assert_allclose(run.history["loss"], [tested], **LOSS_PARITY)
    assert_allclose(run.losses, [tested], **LOSS_PARITY)


def clipped(y: Any, p: Any) -> Any:
    """A loss of the user's own that clips: theirs to decide."""
    return -keras.ops.mean(y * keras.ops.log(keras.ops.clip(p, 1e-7, 1.0)))


def test_a_loss_of_the_users_own_and_one_of_logits_are_left_alone():
    for loss, activation in (
        (clipped, "softmax"),
        (keras.losses.CategoricalCrossentropy(from_logits=True), None),
        # A softmax that is compiled as if it gave logits is a mistake, but not one to hide.
        (keras.losses.CategoricalCrossentropy(from_logits=True), "softmax"),
    ):
        model = identity([layers.Dense(CLASSES, activation)], CLASSES, loss)
        expected = model.evaluate(LOGITS[1000], ONE_HOT, verbose=0)
        ours = epochal.evaluate(model, LOGITS[1000], ONE_HOT, verbose=0)
        assert_allclose(ours, expected, **LOSS_PARITY)


def test_probabilities_that_came_from_elsewhere_are_clipped_as_in_keras():
    inputs = keras.Input((CLASSES,))
    model = keras.Model(inputs, layers.Rescaling(1.0)(layers.Softmax()(inputs)))
    model.compile(loss="sparse_categorical_crossentropy")
    expected = model.evaluate(LOGITS[1000], KINDS, verbose=0)
    ours = epochal.evaluate(model, LOGITS[1000], KINDS, verbose=0)
    assert_allclose(ours, expected, **LOSS_PARITY)


def test_keras_is_as_it_was_afterwards():
    before = keras.src.backend.nn.softmax, keras.src.backend.core.convert_to_tensor
    epochal.evaluate(
        identity(SOFTMAX["in the layer"](), CLASSES, "sparse_categorical_crossentropy"),
        LOGITS[30],
        KINDS,
        verbose=0,
    )
    assert (keras.src.backend.nn.softmax, keras.src.backend.core.convert_to_tensor) == before


@pytest.mark.slow
def test_the_documents_network_learns_raw_pixels_where_keras_stays_at_chance(
    data_folder, monkeypatch
):
    monkeypatch.setenv("EPOCHAL_DATA", str(data_folder))
    cifar = epochal.data.datasets.load("cifar-10")
    assert isinstance(cifar, ImageDataset)
    images, kinds = cifar.x_train[:3000].astype(np.float32), cifar.y_train[:3000]
    assert images.max() == 255  # raw: not scaled

    def make() -> keras.Model:
        keras.utils.set_random_seed(42)
        model = keras.Sequential([keras.Input((32, 32, 3)), layers.Flatten()])
        for _ in range(20):
            model.add(layers.Dense(100, "elu", kernel_initializer="he_normal"))
        model.add(layers.Dense(10, "softmax"))
        model.compile(
            keras.optimizers.Nadam(5e-5), "sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        return model

    def by_keras() -> tuple[keras.Model, keras.callbacks.History]:
        model = make()
        return model, model.fit(images, kinds, epochs=6, verbose=0)

    theirs = KERAS_SIDE.trained(by_keras)[1].history  # the same beside either engine
    ours = epochal.fit(make(), images, kinds, epochs=6, verbose=0).history
    assert theirs["loss"][-1] > 10  # clipped probabilities: -log(1e-7) is 16
    assert theirs["accuracy"][-1] < 0.13
    assert ours["loss"][-1] < 4
    assert ours["loss"][-1] < ours["loss"][0] / 3
    assert ours["accuracy"][-1] > 0.16
