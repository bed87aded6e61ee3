"""A `.keras` file that asks for more memory than there is, told before anything is made of it."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from time import process_time
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from epochal.bridge.saved_models import check_saved_classes, entries_of
from epochal.bridge.saved_sizes import _described
from epochal.errors import InputError
from epochal.layers import GaussianMixtureHead, QuantileHead

SECOND = 1.0


def saved(path: Path, *given: keras.Layer, inputs: tuple[int, ...] = (3,)) -> Path:
    keras.Sequential([keras.Input(inputs), *given]).save(path)
    return path


def rewritten(
    path: Path,
    change: Callable[[Any], None] = lambda config: None,
    weights: Callable[[h5py.File], None] = lambda file: None,
) -> Path:
    """A copy with another configuration, and with other weights."""
    changed = path.with_name("changed.keras")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            elif name.endswith(".h5"):
                buffer = BytesIO(content)
                with h5py.File(buffer, "r+") as file:
                    weights(file)
                content = buffer.getvalue()
            copy.writestr(name, content)
    return changed


def refused(path: Path) -> str:
    began = process_time()
    with pytest.raises(InputError) as error:
        check_saved_classes(path)
    assert process_time() - began < SECOND
    return str(error.value)


def wide(config: Any) -> None:
    config["config"]["layers"][1]["config"]["units"] = 10**9


def deep(config: Any) -> None:
    """Layers that do not say what they are built on."""
    dense = config["config"]["layers"][1]
    del dense["build_config"]
    dense["config"]["units"] = 10**5
    config["config"]["layers"] += [dense] * 3


def wide_inputs(config: Any) -> None:
    config["config"]["layers"][0]["config"]["batch_shape"] = [None, 10**12]
    del config["config"]["layers"][1]["build_config"]


def lied_about(config: Any) -> None:
    """What Keras builds a layer on, whatever stands before it."""
    config["config"]["layers"][1]["build_config"] = {"input_shape": [None, 10**12]}


@pytest.mark.parametrize("change", [wide, deep, wide_inputs, lied_about])
def test_a_network_that_is_described_too_large_is_refused_at_once(tmp_path, change):
    path = rewritten(saved(tmp_path / "one.keras", layers.Dense(4)), change)
    assert "must hold weights of at most 4 GiB, got" in refused(path)


def zeros(file: h5py.File, **how: Any) -> None:
    """An array of 8 TB of which nothing is stored."""
    del file["layers/dense/vars/0"]
    file.create_dataset("layers/dense/vars/0", (10**6, 10**6), np.float64, **how)


def bomb(file: h5py.File) -> None:
    zeros(file, chunks=(1000, 1000), compression="gzip")


def elsewhere(file: h5py.File) -> None:
    zeros(file, external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])


def linked(file: h5py.File) -> None:
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = h5py.ExternalLink("/etc/passwd", "x")


def soft(file: h5py.File) -> None:
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = h5py.SoftLink("/layers")


@pytest.mark.parametrize("weights", [zeros, bomb])
def test_weights_that_claim_too_much_are_refused_at_once(tmp_path, weights):
    path = rewritten(saved(tmp_path / "one.keras", layers.Dense(4)), weights=weights)
    assert path.stat().st_size < 100_000
    assert "must hold weights of at most 4 GiB, got 7,450.6 GiB" in refused(path)


@pytest.mark.parametrize("weights", [elsewhere, linked, soft])
def test_weights_that_lie_elsewhere_are_refused(tmp_path, weights):
    path = rewritten(saved(tmp_path / "one.keras", layers.Dense(4)), weights=weights)
    assert "must hold all of its weights, got '0', which names another place" in refused(path)


def test_the_limit_can_be_raised(tmp_path, monkeypatch):
    monkeypatch.setenv("EPOCHAL_LARGEST_UNPACKED_GIB", "1e6")
    check_saved_classes(rewritten(saved(tmp_path / "one.keras", layers.Dense(4)), weights=zeros))


MODELS: dict[str, Callable[[], keras.Model]] = {
    "dense": lambda: keras.Sequential(
        [keras.Input((300,)), layers.Dense(200), layers.BatchNormalization(), layers.Dense(4)]
    ),
    "images": lambda: keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Conv2D(32, 3),
            layers.DepthwiseConv2D(3),
            layers.SeparableConv2D(16, 3),
            layers.Conv2DTranspose(8, 3),
            layers.Flatten(),
            layers.Dense(10),
        ]
    ),
    "texts": lambda: keras.Sequential(
        [
            keras.Input((9,)),
            layers.Embedding(1000, 32),
            layers.Bidirectional(layers.LSTM(24, return_sequences=True)),
            layers.GRU(16),
            layers.Dense(2),
        ]
    ),
    "mixtures": lambda: keras.Sequential(
        [keras.Input((9,)), layers.Dense(20), GaussianMixtureHead(4, components=5)]
    ),
    "quantiles": lambda: keras.Sequential(
        [keras.Input((9,)), QuantileHead(4, levels=np.linspace(0.1, 0.9, 17).tolist())]
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_is_described_is_not_underestimated_nor_far_beyond(tmp_path, name):
    model = MODELS[name]()
    model.save(tmp_path / "one.keras")
    check_saved_classes(tmp_path / "one.keras")
    with zipfile.ZipFile(tmp_path / "one.keras") as archive:
        config = json.loads(archive.read("config.json"))
    described = _described(list(entries_of(config)))
    assert model.count_params() <= described <= 60 * model.count_params()
