"""Both engines, and a model that has learnt something."""

import keras
import numpy as np
import pytest

import epochal
from epochal.training import engine_choice
from tests.engines import ENGINES


@pytest.fixture(params=ENGINES)
def engine(request, monkeypatch):
    """What runs the test; for Keras' chains, also what `engine="auto"` takes in it."""
    monkeypatch.setattr(engine_choice, "native_available", lambda: request.param == "native")
    return request.param


@pytest.fixture(scope="session")
def rows():
    """Eight features, three classes, and whether the first two features have a positive sum."""
    x = np.random.default_rng(0).normal(size=(96, 8)).astype("float32")
    return x, x[:, :3].argmax(1), (x[:, 0] + x[:, 1] > 0).astype("float32")


@pytest.fixture(scope="session")
def trained(rows):
    """Three hidden layers with batch normalisation and dropout, trained for a few epochs."""
    layers = keras.layers
    keras.utils.set_random_seed(1)
    parts = [keras.Input((8,))]
    for number in (1, 2, 3):
        parts.append(layers.Dense(12 - 2 * number, use_bias=False, name=f"hidden_{number}"))
        parts.append(layers.BatchNormalization(momentum=0.9, name=f"norm_{number}"))
        parts.append(layers.Activation("elu", name=f"elu_{number}"))
        parts.append(layers.Dropout(0.1, name=f"dropout_{number}"))
    model = keras.Sequential([*parts, layers.Dense(3, "softmax", name="out")])
    model.compile(
        keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    x, y, _ = rows
    epochal.fit(model, x, y, epochs=3, seed=1, verbose=0)
    return model


@pytest.fixture
def reused(trained):
    """The trained layers, frozen, under a new head."""
    return epochal.reuse(trained, "binary", seed=1)


def every_byte(model):
    """The model's variables, its seeds and its optimiser's, as bytes by their order."""
    return [np.asarray(each).tobytes() for each in [*model.variables, *model.optimizer.variables]]
