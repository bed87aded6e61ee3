"""Recurrent layers as operations, and those that the engine does not know refused."""

from typing import Any

import keras
import pytest
from keras import layers

from epochal.engine.graph import Graph, Operation
from epochal.lowering.model import lower_model


def lowered(*added: Any, purpose: str = "predict", shape: tuple[int, ...] = (5, 3)) -> Graph | str:
    model = keras.Sequential([keras.Input(shape), *added, layers.Flatten(), layers.Dense(2)])
    model.compile("sgd", "mse")
    return lower_model(model, purpose)


def operations(*added: Any) -> tuple[Operation, ...]:
    graph = lowered(*added)
    assert isinstance(graph, Graph), graph
    return graph.operations


@pytest.mark.parametrize(
    ("layer", "kind", "columns"),
    [(layers.LSTM, "lstm", 16), (layers.GRU, "gru", 12), (layers.SimpleRNN, "simple_rnn", 4)],
)
def test_each_kind_has_its_parameters(layer, kind, columns):
    graph = lowered(layer(4, return_sequences=True, go_backwards=True))
    assert isinstance(graph, Graph)
    first = graph.operations[0]
    assert (first.kind, first.activation, first.steps) == (kind, "tanh", 5)
    assert (first.sequences, first.backwards, first.flipped) == (True, True, False)
    assert [(each.rows, each.columns) for each in graph.parameters[:3]] == [
        (3, columns),
        (4, columns),
        (2 if kind == "gru" else 1, columns),
    ]


def test_both_ways_are_two_layers_and_what_becomes_of_them():
    there, back, merge, *_ = operations(layers.Bidirectional(layers.LSTM(4)))
    assert (there.backwards, back.backwards, back.flipped) == (False, True, False)
    assert (back.inputs, merge.kind, merge.inputs) == ((-1,), "concatenate", (0, 1))
    both = layers.Bidirectional(layers.GRU(4, return_sequences=True), merge_mode="ave")
    there, back, merge, half, *_ = operations(both)
    assert (back.flipped, merge.kind, half.factor) == (True, "add", (0.5,))
    _, _, merge, *_ = operations(layers.Bidirectional(layers.GRU(4, return_sequences=True)))
    assert (merge.kind, merge.part) == ("concatenate", 8)  # beside each other at each step


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (layers.LSTM(4, recurrent_activation="relu"), "recurrent_activation other than sigmoid"),
        (layers.GRU(4, activation="elu"), "an activation other than tanh and relu"),
        (layers.GRU(4, reset_after=False), "GRU with reset_after=False"),
        (layers.SimpleRNN(4, activation="gelu"), "SimpleRNN with the activation 'gelu'"),
        (layers.Bidirectional(layers.RNN(layers.LSTMCell(4))), "Bidirectional of RNN"),
    ],
)
def test_other_recurrences_are_refused(layer, reason):
    found = lowered(layer)
    assert isinstance(found, str)
    assert reason in found


def test_dropout_inside_is_refused_where_it_draws():
    layer = layers.LSTM(4, recurrent_dropout=0.2)
    assert lowered(layer, purpose="train") == "LSTM with dropout inside"
    assert isinstance(lowered(layer), Graph)


def test_what_is_no_sequence_of_vectors_is_refused():
    cells = layers.LSTM(4)
    assert isinstance(lowered(layers.Reshape((5, 3)), cells, shape=(15,)), Graph)
    assert "layer ConvLSTM1D" in str(lowered(layers.ConvLSTM1D(4, 2), shape=(3, 5, 2)))
