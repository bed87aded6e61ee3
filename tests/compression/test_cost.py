"""Bytes of files, and milliseconds of calls counted without a clock."""

import keras
import numpy as np
from keras import layers

from epochal.compression import cost
from epochal.compression.cost import milliseconds, sizes_of


def test_zeros_take_no_room_when_zipped() -> None:
    model = keras.Sequential([keras.Input((64,)), layers.Dense(64, use_bias=False)])
    file, zipped = sizes_of(model)
    assert file > 4 * 64 * 64
    model.layers[0].kernel.assign(np.zeros((64, 64)))
    sparse_file, sparse_zipped = sizes_of(model)
    assert sparse_file == file
    assert sparse_zipped < zipped / 2


def test_the_optimizer_s_variables_are_not_counted() -> None:
    model = keras.Sequential([keras.Input((64,)), layers.Dense(64)])
    model.compile("adam", "mse")
    file, _ = sizes_of(model)
    model.fit(np.ones((2, 64)), np.ones((2, 64)), verbose=0)
    assert sizes_of(model)[0] == file


def test_readings_are_per_call(monkeypatch) -> None:
    now = 0.0

    def predictor(x: float) -> None:
        nonlocal now
        now += x

    monkeypatch.setattr(cost, "perf_counter", lambda: now)
    (times,) = milliseconds({"model": predictor}, 2.0**-5, 2.0**-10).values()
    assert times == (1000 * 2.0**-5, 1000 * 2.0**-10)
