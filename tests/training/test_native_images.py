"""Networks of images in the `native` engine, beside Keras."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose

import epochal
from tests.tolerances import LOSS_PARITY
from tests.training.parity import assert_parity, compiled, fit_both, labels, numbers

pytestmark = pytest.mark.native


@pytest.fixture(scope="module", autouse=True)
def engine():
    """These tests name their engine themselves."""


ROWS = 40  # 5 batches of 8
IMAGES, SEQUENCES = numbers(ROWS, 9, 8, 3), numbers(ROWS, 11, 4)
CLASSES = labels(ROWS, 3)
LAYERS: dict[str, Any] = {
    "plain": lambda: [layers.Conv2D(4, 3, activation="relu"), layers.Flatten()],
    "same": lambda: [layers.Conv2D(4, (3, 2), padding="same"), layers.Flatten()],
    "strides": lambda: [layers.Conv2D(4, 3, 2, "same", use_bias=False), layers.Flatten()],
    "uneven strides": lambda: [layers.Conv2D(4, 3, (3, 2)), layers.Flatten()],
    "dilation": lambda: [layers.Conv2D(4, 3, dilation_rate=(2, 3)), layers.Flatten()],
    "groups": lambda: [layers.Conv2D(6, 3, groups=3, padding="same"), layers.Flatten()],
    "pooling": lambda: [layers.Conv2D(4, 3), layers.MaxPooling2D(), layers.Flatten()],
    "pooling of ties": lambda: [
        layers.Conv2D(4, 3, activation="relu"),
        layers.MaxPooling2D(3, 2, "same"),
        layers.Flatten(),
    ],
    "averages": lambda: [
        layers.Conv2D(4, 3, activation="elu"),
        layers.AveragePooling2D(3, 2, "same"),
        layers.Flatten(),
    ],
    "global average": lambda: [layers.Conv2D(8, 3), layers.GlobalAveragePooling2D()],
    "global maximum of ties": lambda: [
        layers.Conv2D(8, 3, activation="relu6"),
        layers.GlobalMaxPooling2D(keepdims=True),
        layers.Reshape((2, 4)),
        layers.Flatten(),
    ],
    "dense on channels": lambda: [layers.Dense(5, "tanh"), layers.Flatten()],
    "softmax of channels": lambda: [layers.Conv2D(4, 3, activation="softmax"), layers.Flatten()],
    "depthwise": lambda: [
        layers.DepthwiseConv2D(3, 2, depth_multiplier=2, activation="relu"),
        layers.Flatten(),
    ],
    "separable": lambda: [
        layers.SeparableConv2D(5, 3, padding="same", depth_multiplier=2, activation="elu"),
        layers.Flatten(),
    ],
    "transposed": lambda: [
        layers.Conv2D(4, 3, 2),
        layers.Conv2DTranspose(3, 3, 2, activation="relu"),
        layers.Flatten(),
    ],
    "transposed, same": lambda: [
        layers.Conv2DTranspose(3, (4, 2), (2, 3), "same", use_bias=False),
        layers.Flatten(),
    ],
    "transposed, dilated": lambda: [
        layers.Conv2DTranspose(2, 3, dilation_rate=2),
        layers.Flatten(),
    ],
    "transposed, padded": lambda: [
        layers.Conv2DTranspose(2, 3, 2, "same", output_padding=1),
        layers.Conv2DTranspose(2, 2, 3, "valid", output_padding=(0, 2)),
        layers.GlobalAveragePooling2D(),
    ],
    "batch normalisation": lambda: [
        layers.BatchNormalization(),
        layers.ELU(),  # the gradient of a shift before a normalisation is zero but for roundings
        layers.Conv2D(4, 3, use_bias=False),
        layers.BatchNormalization(momentum=0.9, gamma_regularizer="l2"),
        layers.ReLU(),
        layers.GlobalAveragePooling2D(),
    ],
    "frozen batch normalisation": lambda: [
        layers.Conv2D(4, 3),
        layers.BatchNormalization(trainable=False),
        layers.Conv2D(4, 3),
        layers.Flatten(),
    ],
    "other normalisations": lambda: [
        layers.LayerNormalization(),
        layers.Conv2D(4, 3),
        layers.RMSNormalization(),
        layers.Conv2D(5, 3),
        layers.UnitNormalization(),
        layers.Flatten(),
    ],
    "softmax layer": lambda: [layers.Softmax(), layers.Flatten()],
    "slopes of channels": lambda: [
        layers.Conv2D(4, 3),
        layers.PReLU("uniform", "l2", shared_axes=[1, 2]),
        layers.Flatten(),
    ],
    "slopes of pixels": lambda: [
        layers.Conv2D(4, 3),
        layers.PReLU("uniform"),
        layers.Conv2D(4, 3),
        layers.Flatten(),
    ],
    "margins": lambda: [
        layers.Conv2D(4, 3),
        layers.ZeroPadding2D(((1, 0), (2, 3))),
        layers.Conv2D(4, 3, activation="relu"),
        layers.Cropping2D(((1, 1), (0, 2))),
        layers.UpSampling2D((2, 3)),
        layers.Flatten(),
    ],
    "rescaled": lambda: [
        layers.Rescaling(0.5, -0.25),
        layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0]),
        layers.Conv2D(4, 3),
        layers.Flatten(),
    ],
    "penalties": lambda: [
        layers.Conv2D(
            4,
            3,
            kernel_regularizer=keras.regularizers.L1L2(0.001, 0.01),
            bias_regularizer="l2",
            activity_regularizer=keras.regularizers.L1L2(1e-4, 1e-3),
            kernel_constraint=keras.constraints.MaxNorm(1.0, axis=[0, 1, 2]),
        ),
        layers.Flatten(),
    ],
}
OF_SEQUENCES: dict[str, Any] = {
    "causal": lambda: [layers.Conv1D(5, 3, padding="causal", dilation_rate=2), layers.Flatten()],
    "strides": lambda: [layers.Conv1D(5, 3, 2, "same", activation="gelu"), layers.Flatten()],
    "pooling": lambda: [layers.Conv1D(5, 2), layers.MaxPooling1D(3, 2, "same"), layers.Flatten()],
    "averages": lambda: [layers.Conv1D(5, 2), layers.AveragePooling1D(2), layers.Flatten()],
    "depthwise": lambda: [layers.DepthwiseConv1D(3, 2, "same"), layers.Flatten()],
    "separable": lambda: [layers.SeparableConv1D(5, 3, padding="same"), layers.Flatten()],
    "transposed": lambda: [layers.Conv1DTranspose(5, 3, 2, "same"), layers.Flatten()],
    "margins": lambda: [
        layers.ZeroPadding1D((1, 2)),
        layers.Conv1D(3, 2, use_bias=False),
        layers.UpSampling1D(3),
        layers.Cropping1D((1, 2)),
        layers.BatchNormalization(),
        layers.GlobalAveragePooling1D(),
    ],
    "global": lambda: [layers.Conv1D(5, 2, groups=1), layers.GlobalMaxPooling1D()],
}


def assert_parity_of(
    x: np.ndarray, make_layers: Any, optimizer: Any = lambda: "adam", **given: Any
) -> None:
    def make() -> keras.Model:
        return compiled(
            keras.Input(x.shape[1:]),
            *make_layers(),
            layers.Dense(3, "softmax"),
            optimizer=optimizer(),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )

    pair = fit_both(make, x, CLASSES, epochs=10, validation_data=(x[:8], CLASSES[:8]), **given)
    assert pair.run.engine == "native", pair.run.engine_reason
    assert_parity(pair)
    expected = pair.ours.predict(x, batch_size=ROWS, verbose=0)
    assert_allclose(epochal.predict(pair.ours, x, verbose=0), expected, **LOSS_PARITY)


@pytest.mark.parametrize("name", LAYERS)
def test_each_layer_beside_keras(name):
    assert_parity_of(IMAGES, LAYERS[name])


@pytest.mark.parametrize("name", OF_SEQUENCES)
def test_each_layer_of_sequences_beside_keras(name):
    assert_parity_of(SEQUENCES, OF_SEQUENCES[name])


def test_weights_of_classes_a_frozen_convolution_and_a_smaller_last_batch():
    frozen = lambda: layers.Conv2D(4, 3, trainable=False)  # noqa: E731
    assert_parity_of(
        IMAGES,
        lambda: [frozen(), layers.Conv2D(4, 3, activation="relu"), layers.Flatten()],
        class_weight={0: 1.0, 1: 2.0, 2: 0.5},
        batch_size=9,  # the last batch is smaller
    )


CLIPPED: dict[str, Any] = {
    "images": lambda: [
        layers.Conv2D(5, 3),
        layers.BatchNormalization(),
        layers.PReLU(shared_axes=[1, 2]),
        layers.Dense(3, "tanh"),
        layers.LayerNormalization(),
        layers.Flatten(),
    ],
    "recurrences": lambda: [layers.Dense(5, "tanh"), layers.GRU(3)],
}


@pytest.mark.parametrize("limit", ["clipnorm", "global_clipnorm"])
@pytest.mark.parametrize("name", CLIPPED)
def test_norms_of_gradients_are_of_the_channels_alone(name, limit):
    """Whatever lies beside them where vectors are computed whole."""
    x = IMAGES if name == "images" else SEQUENCES
    assert_parity_of(x, CLIPPED[name], lambda: keras.optimizers.SGD(0.05, **{limit: 0.1}))


def block(value: Any, merge: Any, kernel: int = 3) -> Any:
    """What a convolution gives, and what it takes, as one."""
    behind = layers.Conv2D(value.shape[-1], kernel, padding="same", activation="tanh")(value)
    return merge()([behind, value])


MERGES: dict[str, Any] = {
    "add": layers.Add,
    "subtract": layers.Subtract,
    "multiply": layers.Multiply,
    "average": layers.Average,
    "maximum": layers.Maximum,
    "minimum": layers.Minimum,
    "channels": layers.Concatenate,
    "rows": lambda: layers.Concatenate(axis=1),
    "columns": lambda: layers.Concatenate(axis=2),
}


@pytest.mark.parametrize("name", MERGES)
def test_each_merge_beside_keras(name):
    def make() -> keras.Model:
        x = keras.Input((9, 8, 3))
        value = block(block(layers.ReLU()(x), MERGES[name]), MERGES[name], 1)
        model = keras.Model(x, layers.Dense(3)(layers.GlobalAveragePooling2D()(value)))
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return model

    pair = fit_both(make, IMAGES, CLASSES, epochs=10)
    assert pair.run.engine == "native", pair.run.engine_reason
    assert_parity(pair)
