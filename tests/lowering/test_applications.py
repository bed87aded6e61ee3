"""The networks of `keras.applications` on the `native` engine: what a person transfers."""

import keras
import numpy as np
import pytest
from keras import applications
from keras.src.applications.convnext import LayerScale
from numpy.testing import assert_allclose

import epochal
from epochal.bridge.initial_values import without_compiling, without_drawing
from epochal.engine.graph import Graph
from epochal.lowering.model import lower_model
from tests.tolerances import LOSS_PARITY
from tests.training.parity import assert_parity, fit_both, labels

pytestmark = pytest.mark.native

KINDS = [
    "ConvNeXtTiny",
    "DenseNet121",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "InceptionResNetV2",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Large",
    "NASNetMobile",
    "ResNet50V2",
    "Xception",
]


@pytest.mark.parametrize("name", KINDS)
def test_it_is_lowered(name: str) -> None:
    with without_drawing():
        model = getattr(applications, name)(weights=None, input_shape=(96, 96, 3), classes=7)
    graph = lower_model(model, "predict")
    assert isinstance(graph, Graph), graph
    assert graph.output_shape == (7,)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["EfficientNetV2B0", "MobileNetV3Small"])
def test_it_predicts_what_the_other_engine_predicts(name: str) -> None:
    with without_compiling():
        keras.utils.set_random_seed(0)
        model = getattr(applications, name)(weights=None, input_shape=(64, 64, 3), classes=7)
    x = np.random.default_rng(0).uniform(0, 255, (4, 64, 64, 3)).astype(np.float32)
    expected = model.predict(x, verbose=0)
    assert_allclose(epochal.predict(model, x, verbose=0), expected, **LOSS_PARITY)


def block() -> keras.Model:
    """One of ConvNeXt's, with weights of channels that matter."""
    layers = keras.layers
    x = keras.Input((5, 4, 6))
    hidden = layers.Conv2D(6, 3, padding="same", groups=6)(x)
    hidden = layers.Dense(12, activation="gelu")(layers.LayerNormalization(epsilon=1e-6)(hidden))
    hidden = layers.Add()([x, LayerScale(0.3, 6)(layers.Dense(6)(hidden))])
    model = keras.Model(x, layers.Dense(3, "softmax")(layers.GlobalAveragePooling2D()(hidden)))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def test_weights_of_channels_beside_keras() -> None:
    x = np.random.default_rng(0).normal(size=(40, 5, 4, 6)).astype(np.float32)
    pair = fit_both(block, x, labels(40, 3), epochs=4)
    assert pair.run.engine == "native", pair.run.engine_reason
    assert_parity(pair)
