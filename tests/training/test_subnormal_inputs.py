"""Subnormal numbers in the data count as zero, whichever engine and however many columns."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_array_equal

import epochal

SUBNORMAL = np.float32(1.1e-38)


def net(columns: int) -> keras.Model:
    """A network whose weights are so large that a subnormal number would count."""
    model = keras.Sequential([keras.Input((columns,)), layers.Dense(1, "sigmoid", use_bias=False)])
    model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
    model.set_weights([np.full((columns, 1), 1e36, np.float32)])
    return model


@pytest.mark.parametrize("columns", [4, 512])
def test_they_count_as_zero(engine, columns):
    x = np.full((256, columns), SUBNORMAL)
    y = np.tile(np.array([0, 1], np.float32), 128)
    plan: dict[str, Any] = {"batch_size": 256, "verbose": 0}
    run = epochal.fit(net(columns), x, y, engine=engine, **plan)
    zeros = epochal.fit(net(columns), np.zeros_like(x), y, engine=engine, **plan)
    assert run.engine == engine
    assert_array_equal(run.losses, zeros.losses)
