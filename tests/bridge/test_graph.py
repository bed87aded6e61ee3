"""The calls of a model: its own alone, from the inputs on."""

import keras
from keras import layers

from epochal.bridge.graph import call_nodes, nodes_of
from tests.bridge.models import Subclass, functional, sequential


def test_calls_come_from_the_inputs_on() -> None:
    names = [node.operation.name for node in call_nodes(sequential())]
    assert names == ["hidden", "norm", "drop", "head"]


def test_a_layer_that_is_called_again_has_a_node_for_each_call() -> None:
    model = functional()
    assert [node.operation.name for node in call_nodes(model)].count("shared") == 3
    assert len(nodes_of(model)[model.get_layer("shared")]) == 3


def test_calls_in_another_model_are_not_seen() -> None:
    layer = layers.Dense(4, name="common")
    first = keras.Sequential([keras.Input((4,)), layer])
    second = keras.Sequential([keras.Input((4,)), layer])
    for model in (first, second):
        assert len(nodes_of(model)[layer]) == 1


def test_a_model_without_a_graph_has_none() -> None:
    model = Subclass()
    assert call_nodes(model) == []
    assert nodes_of(model) == {}
    assert call_nodes(keras.Sequential([layers.Dense(1)])) == []
