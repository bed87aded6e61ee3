"""What is done with networks of images in the `native` engine: sampled, predicted, made smaller."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.training import engine_choice
from tests.tolerances import LOSS_PARITY, NATIVE_PARITY
from tests.training.parity import assert_parity, compiled, fit_both, labels, numbers

pytestmark = pytest.mark.native


@pytest.fixture(scope="module", autouse=True)
def engine():
    """These tests name their engine themselves."""


ROWS = 32
IMAGES, CLASSES = numbers(ROWS, 9, 8, 3), labels(ROWS, 3)


def network(*between: Any, x: np.ndarray = IMAGES, first: Any = ()) -> Any:
    return compiled(
        keras.Input(x.shape[1:]),
        *first,
        layers.Conv2D(6, 3, padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
        *between,
        layers.MaxPooling2D(),
        layers.Conv2D(4, 3, activation="elu"),
        layers.Flatten(),
        layers.Dense(3, "softmax"),
        optimizer="adam",
        loss="sparse_categorical_crossentropy",
    )


NOISES: dict[str, Any] = {
    "dropout": lambda: layers.Dropout(0.3, seed=1),
    "channels": lambda: layers.SpatialDropout2D(0.3, seed=1),
    "alpha": lambda: layers.AlphaDropout(0.3, seed=1),
    "noise": lambda: layers.GaussianNoise(0.3, seed=1),
    "gaussian": lambda: layers.GaussianDropout(0.3, seed=1),
}


@pytest.mark.slow  # compiled by XLA
@pytest.mark.parametrize("name", NOISES)
def test_both_engines_draw_the_same_on_images(name, monkeypatch):
    seen: list[Any] = []
    for engine in ("native", "xla"):
        monkeypatch.setattr(
            engine_choice, "native_available", lambda engine=engine: engine == "native"
        )
        keras.utils.set_random_seed(7)
        model = network(NOISES[name]())
        run = epochal.fit(model, IMAGES, CLASSES, epochs=3, batch_size=8, seed=3, verbose=0)
        assert run.engine == engine
        sampled = epochal.predict_monte_carlo(model, IMAGES[:20], samples=9, seed=5)
        assert sampled.engine == engine
        seen.append([*run.history["loss"], sampled.mean, sampled.standard_deviation])
    for ours, theirs in zip(*seen, strict=True):
        assert_allclose(ours, theirs, **NATIVE_PARITY)


def test_a_predictor_gives_what_predict_gives():
    model = network(layers.SpatialDropout2D(0.3), x=numbers(9, 40, 40, 3))
    predict, x = epochal.predictor(model), numbers(90, 40, 40, 3)
    expected = model.predict(x, verbose=0)
    assert_allclose(predict(x), expected, **LOSS_PARITY)
    assert_array_equal(predict(x[:1]), predict(x)[:1])
    assert_array_equal(epochal.predict(model, x, verbose=0), predict(x))


def test_folded_networks_predict_the_same():
    model = network()
    epochal.fit(model, IMAGES, CLASSES, epochs=2, verbose=0, engine="native")
    folded = epochal.fold_batch_normalization(model)
    assert not any(isinstance(each, layers.BatchNormalization) for each in folded.layers)
    ours = epochal.predict(folded, IMAGES, verbose=0)
    assert_allclose(ours, model.predict(IMAGES, verbose=0), **LOSS_PARITY)


def test_pruned_networks_stay_pruned_on_both_engines():
    seen: list[Any] = []
    for engine in ("native", "xla"):
        keras.utils.set_random_seed(7)
        model = network()
        pruning = epochal.prune(model, 0.5)
        given: Any = {"callbacks": [pruning], "verbose": 0, "shuffle": False}
        run = epochal.fit(model, IMAGES, CLASSES, epochs=3, engine=engine, **given)
        assert run.engine == engine
        kernel = np.asarray(model.layers[0].kernel)
        assert np.mean(kernel == 0) == 0.5
        seen.append(kernel)
    assert_allclose(*seen, **NATIVE_PARITY)


def test_images_of_bytes_are_rescaled_in_the_network():
    x = np.random.default_rng(3).integers(0, 256, (ROWS, 9, 8, 3)).astype(np.uint8)
    pair = fit_both(lambda: network(first=[layers.Rescaling(1 / 255)]), x, CLASSES, epochs=5)
    assert pair.run.engine == "native"
    assert_parity(pair)


def test_outputs_of_several_dimensions_are_compared_with_such_targets():
    def make() -> keras.Model:
        return compiled(
            keras.Input(IMAGES.shape[1:]),
            layers.Conv2D(4, 3, 2, "same", activation="relu"),
            layers.Conv2DTranspose(3, 3, 2, "same"),
            layers.Cropping2D(((0, 1), (0, 0))),
            metrics=["mae"],
        )

    pair = fit_both(make, IMAGES, IMAGES, epochs=5)
    assert pair.run.engine == "native", pair.run.engine_reason
    assert_parity(pair)


def test_classes_of_each_pixel_are_left_to_xla():
    model = compiled(
        keras.Input(IMAGES.shape[1:]),
        layers.Conv2D(3, 3, padding="same", activation="softmax"),
        loss="sparse_categorical_crossentropy",
    )
    y = np.random.default_rng(0).integers(0, 3, IMAGES.shape[:3])
    run = epochal.fit(model, IMAGES, y, verbose=0)
    assert run.engine == "xla"
    assert "softmax" in run.engine_reason or "classes" in run.engine_reason
