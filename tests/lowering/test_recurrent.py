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


def of_words(*added: Any, purpose: str = "predict") -> Graph | str:
    embedding = layers.Embedding(9, 4, mask_zero=True)
    model = keras.Sequential([keras.Input((5,), dtype="int32"), embedding, *added])
    model.compile("sgd", "mse")
    return lower_model(model, purpose)


def test_masks_reach_the_layers_that_heed_them():
    rate = layers.Dropout(0.1)
    sequences = layers.GRU(3, return_sequences=True)
    both = layers.Bidirectional(layers.LSTM(4, return_sequences=True))
    graph = of_words(rate, both, sequences, layers.SimpleRNN(2), layers.Dense(1))
    assert isinstance(graph, Graph), graph
    told = {each.kind: each for each in graph.operations if each.steps}
    assert all(each.inputs[1] == -1 for each in told.values())
    assert [told[kind].zeros for kind in ("lstm", "gru", "simple_rnn")] == [True, False, False]


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        ([layers.LSTM(4, return_sequences=True), layers.Dense(1)], "a mask on the output"),
        ([layers.GlobalAveragePooling1D(), layers.Dense(1)], "called with mask"),
        ([layers.BatchNormalization(), layers.LSTM(4), layers.Dense(1)], "called with mask"),
        # It returns its very input, and with it the mask that Keras' graph does not show.
        ([layers.Reshape((5, 4)), layers.LSTM(4), layers.Dense(1)], "Reshape beside masked"),
    ],
)
def test_masks_that_others_heed_are_refused(added, reason):
    found = of_words(*added)
    assert isinstance(found, str)
    assert reason in found


def test_masked_sequences_are_not_sampled():
    found = of_words(layers.LSTM(4), layers.Dropout(0.2), layers.Dense(1), purpose="sample")
    assert found == "LSTM with a mask, which is not sampled"


def test_a_mask_that_is_no_embeddings_is_refused():
    masked = [layers.Masking(0.0), layers.LSTM(4)]
    assert isinstance(lowered(*masked, shape=(5, 3)), str)


def test_a_layer_at_each_step_is_the_layer():
    there = lowered(layers.TimeDistributed(layers.Dense(4, "tanh")))
    plain = lowered(layers.Dense(4, "tanh"))
    assert isinstance(there, Graph), there
    assert isinstance(plain, Graph)
    assert there.operations == plain.operations


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (layers.Dropout(0.2), "TimeDistributed of Dropout"),
        (layers.Dense(4, activity_regularizer="l2"), "an activity_regularizer inside"),
    ],
)
def test_other_layers_at_each_step_are_refused(layer, reason):
    assert reason in str(lowered(layers.TimeDistributed(layer)))


def test_what_is_no_sequence_of_vectors_is_refused():
    cells = layers.LSTM(4)
    assert isinstance(lowered(layers.Reshape((5, 3)), cells, shape=(15,)), Graph)
    assert "layer ConvLSTM1D" in str(lowered(layers.ConvLSTM1D(4, 2), shape=(3, 5, 2)))
