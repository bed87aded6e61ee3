"""Each kind of layer in the `native` engine, beside Keras."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.engine.xla import EXECUTABLES
from epochal.training import engine_choice
from tests.tolerances import LOSS_PARITY, NATIVE_PARITY
from tests.training.parity import assert_parity, compiled, fit_both, numbers

pytestmark = pytest.mark.native


@pytest.fixture(scope="module", autouse=True)
def engine():
    """These tests name their engine themselves."""


ROWS = 56  # 7 batches of 8
X, TARGETS = numbers(ROWS, 6), numbers(ROWS, 3, seed=5)
LAYERS: dict[str, Any] = {
    "prelu": lambda: [
        layers.PReLU("uniform", keras.regularizers.L2(0.02), keras.constraints.NonNeg())
    ],
    "prelu of an image": lambda: [
        layers.Reshape((2, 4)),
        layers.PReLU(alpha_initializer="uniform"),
        layers.Flatten(),
    ],
    "softmax": lambda: [layers.Softmax()],
    "log_softmax": lambda: [layers.Activation("log_softmax")],
    "unit": lambda: [layers.UnitNormalization()],
    "rms": lambda: [layers.RMSNormalization()],
    "layer": lambda: [layers.LayerNormalization()],
    "rescaling": lambda: [layers.Rescaling(0.5, -0.3), layers.ReLU()],
    "normalization": lambda: [
        layers.Normalization(mean=np.arange(8) / 8, variance=1 + np.arange(8)),
        layers.Activation("tanh"),
    ],
    "one mean": lambda: [layers.Normalization(axis=None, mean=0.2, variance=2.0), layers.ELU()],
    "inverted": lambda: [layers.Normalization(axis=None, mean=0.2, variance=2.0, invert=True)],
    "identity": lambda: [layers.Identity(), layers.Activation("mish")],
}


@pytest.mark.parametrize("name", LAYERS)
def test_each_layer_beside_keras(name):
    make = lambda: compiled(  # noqa: E731
        keras.Input((6,)),
        layers.Dense(8),
        *LAYERS[name](),
        layers.Dense(20, "elu"),
        layers.Dense(3),
        optimizer="adam",
        metrics=["mae"],
    )
    pair = fit_both(make, X, TARGETS, epochs=10, validation_data=(X[:8], TARGETS[:8]))
    assert pair.run.engine == "native"
    assert_parity(pair)
    expected = pair.ours.predict(X, batch_size=ROWS, verbose=0)
    assert_allclose(epochal.predict(pair.ours, X, verbose=0), expected, **LOSS_PARITY)


IMAGES = np.random.default_rng(3).integers(0, 256, (ROWS, 5, 4, 3)).astype(np.uint8)


def first_layers(name: str) -> list[Any]:
    adapted = layers.Normalization()
    adapted.adapt(IMAGES.astype(np.float32))
    return {
        "rescaling": [layers.Rescaling(1 / 255)],
        "rescaling around zero": [layers.Rescaling(1 / 127.5, offset=-1)],
        "rescaling of channels": [layers.Rescaling([0.01, 0.02, 0.03], [0.1, 0.2, -0.3])],
        "adapted": [adapted],
    }[name]


@pytest.mark.parametrize(
    "name", ["rescaling", "rescaling around zero", "rescaling of channels", "adapted"]
)
def test_images_of_bytes_are_rescaled_to_the_bits_of_keras(name):
    passing = layers.Dense(60, use_bias=False)
    model = compiled(keras.Input((5, 4, 3)), *first_layers(name), layers.Flatten(), passing)
    passing.set_weights([np.eye(60)])
    traced = EXECUTABLES.traced
    seen = epochal.predict(model, IMAGES, verbose=0)
    assert EXECUTABLES.traced == traced
    assert_array_equal(seen, model.predict(IMAGES, verbose=0))


def test_images_of_bytes_beside_keras():
    make = lambda: compiled(  # noqa: E731
        keras.Input((5, 4, 3)),
        *first_layers("adapted"),
        layers.Flatten(),
        layers.Dense(8, "relu"),
        layers.Dense(1),
    )
    pair = fit_both(make, IMAGES, TARGETS[:, :1], epochs=5)
    assert pair.run.engine == "native"
    assert_parity(pair)


def staying_on() -> keras.Model:
    return compiled(
        keras.Input((6,)),
        epochal.layers.MCGaussianNoise(0.1, seed=3),
        epochal.layers.MCDropout(0.2, seed=1),
        layers.Dense(40, "selu"),
        layers.Dropout(0.2, seed=5),
        epochal.layers.MCAlphaDropout(0.3, seed=2),
        layers.Dense(20, "tanh"),
        epochal.layers.MCGaussianDropout(0.3, seed=4),
        layers.Dense(3),
    )


@pytest.mark.slow
def test_layers_that_stay_on_draw_the_numbers_of_the_other_engine(monkeypatch):
    models = [staying_on(), staying_on()]
    models[1].set_weights(models[0].get_weights())
    seen = []
    for model, engine in zip(models, ("native", "xla"), strict=True):
        monkeypatch.setattr(
            engine_choice, "native_available", lambda engine=engine: engine == "native"
        )
        run = epochal.fit(
            model, X, TARGETS, epochs=5, batch_size=7, validation_split=0.2, seed=3, verbose=0
        )
        assert run.engine == engine
        scores = [epochal.evaluate(model, X, TARGETS, batch_size=16, verbose=0) for _ in range(2)]
        outputs = [epochal.predict(model, X, batch_size=16, verbose=0) for _ in range(2)]
        assert scores[0] != scores[1]
        assert not np.array_equal(*outputs)
        seen.append([*run.history["loss"], *run.history["val_loss"], *scores, outputs])
    for ours, theirs in zip(*seen, strict=True):
        assert_allclose(ours, theirs, **NATIVE_PARITY)
    for one, other in zip(models[0].variables, models[1].variables, strict=True):
        if one.dtype == "uint32":
            assert_array_equal(one, other)


def test_a_predictor_draws_the_same_at_every_call():
    predict = epochal.predictor(staying_on())
    rows = numbers(700, 6)
    assert_array_equal(predict(rows), predict(rows))
    rows[:] = 1
    assert len(np.unique(predict(rows)[:, 0])) == 700
