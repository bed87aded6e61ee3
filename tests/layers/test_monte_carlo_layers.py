"""Noise layers that stay on: Keras' own, forced; saved, loaded and trained."""

import inspect
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import epochal
from epochal.layers import ALL_LAYERS

SHAPES = {
    keras.layers.SpatialDropout1D: (6, 5),
    keras.layers.SpatialDropout2D: (4, 3, 5),
    keras.layers.SpatialDropout3D: (2, 3, 2, 5),
}
every_layer = pytest.mark.parametrize("plain", ALL_LAYERS, ids=lambda layer: layer.__name__)


def shape_of(plain: type) -> tuple[int, ...]:
    return SHAPES.get(plain, (5,))


def rows(plain: type, count: int = 8) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, *shape_of(plain))).astype(np.float32)


def model_with(layer: keras.Layer, plain: type) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input(shape_of(plain)),
            layer,
            keras.layers.Flatten(),
            keras.layers.Dense(1, kernel_initializer="ones"),
        ]
    )
    model.compile("sgd", "mse")
    return model


@every_layer
def test_it_draws_what_keras_draws_in_training_whatever_the_mode(plain: type) -> None:
    x = rows(plain)
    expected = np.asarray(plain(0.4, seed=3)(x, training=True))
    assert not np.array_equal(expected, x)
    for training in (None, False, True):
        layer = ALL_LAYERS[plain](0.4, seed=3)
        assert np.array_equal(layer(x, training=training), expected)


@every_layer
def test_a_prediction_is_another_one_each_time(plain: type) -> None:
    model, x = model_with(ALL_LAYERS[plain](0.4), plain), rows(plain)
    for predict in (keras.Model.predict, epochal.predict):
        first, second = (predict(model, x, verbose=0) for _ in range(2))
        assert not np.array_equal(first, second)


@every_layer
def test_a_rate_of_zero_is_no_noise(plain: type) -> None:
    x = rows(plain)
    assert np.array_equal(ALL_LAYERS[plain](0.0)(x), x)


@every_layer
def test_it_trains_under_fit_as_keras_layer_does(plain: type) -> None:
    x, y = rows(plain, 24), np.ones(24, np.float32)
    losses = [
        epochal.fit(
            model_with(kind(0.4), plain), x, y, batch_size=8, seed=5, verbose=0, engine="xla"
        ).losses
        for kind in (plain, ALL_LAYERS[plain])
    ]
    assert np.array_equal(losses[0], losses[1])


@every_layer
def test_it_is_loaded_in_safe_mode_without_custom_objects(plain: type, tmp_path: Path) -> None:
    path, x = tmp_path / "model.keras", rows(plain)
    layer = ALL_LAYERS[plain](0.4, seed=3, name="noise")
    model_with(layer, plain).save(path)
    loaded = keras.saving.load_model(path, safe_mode=True)
    assert type(loaded.get_layer("noise")) is ALL_LAYERS[plain]
    assert loaded.get_layer("noise").get_config() == layer.get_config()
    before = model_with(ALL_LAYERS[plain](0.4, seed=3), plain)
    assert np.array_equal(loaded.predict(x, verbose=0), before.predict(x, verbose=0))


@pytest.mark.slow
def test_another_process_loads_it_after_importing_the_layers(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    model_with(epochal.layers.MCDropout(0.5), keras.layers.Dropout).save(path)
    code = f"import epochal.layers, keras; keras.saving.load_model({str(path)!r}, safe_mode=True)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_noise_layer_of_keras_has_a_counterpart() -> None:
    noisy = {
        layer
        for name, layer in vars(keras.layers).items()
        if inspect.isclass(layer) and ("Dropout" in name or "Noise" in name)
    }
    assert noisy == set(ALL_LAYERS)
    for plain, counterpart in ALL_LAYERS.items():
        assert counterpart.__name__ == f"MC{plain.__name__}"
        assert issubclass(counterpart, plain)
        assert inspect.signature(counterpart) == inspect.signature(plain)
