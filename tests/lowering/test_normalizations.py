"""Normalisation layers as operations: their numbers, and the axes that they are refused for."""

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose

from epochal.engine.graph import Graph, Operation
from epochal.lowering.model import lower_model
from tests.tolerances import FLOAT32_ROUNDING


def lowered(*parts: keras.Layer, shape: tuple[int, ...] = (2,)) -> Graph | str:
    return lower_model(keras.Sequential([keras.Input(shape), *parts]), "predict")


def operation(*parts: keras.Layer, at: int = 0) -> Operation:
    graph = lowered(*parts, layers.Dense(1))
    assert isinstance(graph, Graph), graph
    return graph.operations[at]


def test_an_adapted_layer_is_standardisation() -> None:
    layer = layers.Normalization(mean=[1.0, 2.0], variance=[4.0, 16.0])
    found = operation(layer)
    assert (found.kind, found.offset) == ("standardise", (1.0, 2.0))
    assert_allclose(found.factor, (0.5, 0.25), **FLOAT32_ROUNDING)


def test_an_inverted_one_is_rescaling() -> None:
    layer = layers.Normalization(mean=[1.0, 2.0], variance=[4.0, 16.0], invert=True)
    found = operation(layer)
    assert (found.kind, found.factor, found.offset) == ("rescale", (2.0, 4.0), (1.0, 2.0))


def test_one_number_stands_for_all_columns() -> None:
    found = operation(layers.Rescaling(0.5, offset=[1.0, 2.0]))
    assert (found.factor, found.offset) == ((0.5,), (1.0, 2.0))


def test_a_frozen_batch_normalisation_uses_its_moving_statistics() -> None:
    for trainable in (True, False):
        layer = layers.BatchNormalization(trainable=trainable, momentum=0.5, epsilon=0.25)
        found = operation(layers.Dense(2), layer, at=1)
        assert (found.kind, found.moving) == ("batch_norm", not trainable)
        assert (found.momentum, found.number) == (0.5, 0.25)
        assert found.parameters == (2, 3, 4, 5)


REFUSED = {
    "another axis": (
        (layers.BatchNormalization(axis=1), layers.Flatten(), layers.Dense(1)),
        "BatchNormalization over another axis than the last",
    ),
    "no epsilon": (
        (layers.Flatten(), layers.LayerNormalization(epsilon=0.0), layers.Dense(1)),
        "LayerNormalization with an epsilon of 0",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_computed_is_refused(case: str) -> None:
    parts, reason = REFUSED[case]
    assert lowered(*parts, shape=(3, 2)) == reason


def test_moving_statistics_are_parameters_that_are_not_trained() -> None:
    graph = lowered(layers.Dense(2), layers.BatchNormalization())
    assert isinstance(graph, Graph)
    assert [parameter.columns for parameter in graph.parameters] == [2] * 6
    assert np.prod([parameter.rows for parameter in graph.parameters[1:]]) == 1
