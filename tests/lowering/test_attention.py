"""Attention as operations, and what the engine does not know of it refused."""

from typing import Any

import keras
import pytest
from keras import layers

from epochal.engine.graph import Graph
from epochal.lowering.model import lower_model

STEPS, FEATURES = 5, 3


def lowered(
    attention: Any, *, purpose: str = "train", key: bool = False, **called: Any
) -> Graph | str:
    inputs = keras.Input((STEPS, FEATURES))
    pooled = layers.MaxPooling1D(2)(inputs)
    given = (pooled, layers.Dense(7)(pooled)) if key else (pooled,)
    outputs = layers.Dense(2)(layers.Flatten()(attention(inputs, *given, **called)))
    model = keras.Model(inputs, outputs)
    return lowered_model(model, purpose)


def lowered_model(model: keras.Model, purpose: str = "train") -> Graph | str:
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return lower_model(model, purpose)


def test_attention_is_products_a_softmax_and_sums():
    graph = lowered(layers.MultiHeadAttention(4, 6), use_causal_mask=True)
    assert isinstance(graph, Graph), graph
    kinds = [operation.kind for operation in graph.operations]
    products = ["convolution"] * 3
    assert kinds[1:7] == [*products, "attention_weights", "attention_values", "convolution"]
    weights, sums = graph.operations[4], graph.operations[5]
    assert (weights.heads, weights.steps, weights.causal) == (4, STEPS, True)
    assert weights.number == pytest.approx(6**-0.5)
    assert (weights.inputs, sums.inputs) == ((3, 1), (4, 2))  # queries and keys, then values
    sizes = [(each.rows, each.columns) for each in graph.parameters[:8]]
    assert sizes == [(FEATURES, 24), (1, 24)] * 3 + [(24, FEATURES), (1, FEATURES)]


def test_keys_and_values_have_sizes_of_their_own():
    attention = layers.MultiHeadAttention(2, 4, value_dim=9, output_shape=11, use_bias=False)
    graph = lowered(attention, key=True)
    assert isinstance(graph, Graph), graph
    attended = [operation for operation in graph.operations if operation.kind == "convolution"][-4:]
    sizes = [graph.parameters[each.parameters[0]] for each in attended]
    assert [(each.rows, each.columns) for each in sizes] == [(7, 8), (3, 18), (3, 8), (18, 11)]
    assert all(each.parameters[1] == -1 for each in attended)


def test_dropout_lies_between_weights_and_sums():
    graph = lowered(layers.MultiHeadAttention(4, 6, dropout=0.3))
    assert isinstance(graph, Graph), graph
    kinds = [operation.kind for operation in graph.operations]
    at = kinds.index("dropout")
    assert kinds[at - 1 : at + 2] == ["attention_weights", "dropout", "attention_values"]


def test_arguments_may_be_named():
    inputs = keras.Input((STEPS, FEATURES))
    attended = layers.MultiHeadAttention(2, 4)(value=inputs, query=inputs, use_causal_mask=False)
    model = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(attended)))
    assert isinstance(lowered_model(model), Graph)


@pytest.mark.parametrize(
    ("options", "called", "reason"),
    [
        ({"sliding_window": 2}, {}, "sliding_window=2"),
        ({"use_gate": True}, {}, "use_gate=True"),
        ({"output_shape": (2, 3)}, {}, "more than the steps of a sequence"),
        ({"activity_regularizer": "l2"}, {}, "activity_regularizer"),
        ({"dtype": "mixed_bfloat16"}, {}, "does not compute in float32"),
        ({}, {"attention_mask": keras.ops.ones((1, STEPS, 2))}, "called with attention_mask"),
    ],
)
def test_other_attention_is_refused(options, called, reason):
    found = lowered(layers.MultiHeadAttention(2, 4, **options), **called)
    assert isinstance(found, str)
    assert reason in found


def test_attention_to_masked_sequences_is_refused():
    words = keras.Input((STEPS,), dtype="int32")
    embedded = layers.Embedding(9, 4, mask_zero=True)(words)
    attended = layers.MultiHeadAttention(2, 4)(layers.Dense(4)(embedded), embedded)
    model = keras.Model(words, layers.Dense(2)(layers.Flatten()(attended)))
    assert lowered_model(model) == "MultiHeadAttention beside masked sequences"


@pytest.mark.parametrize("dtype", ["int32", "bool"])
def test_attention_to_what_is_no_number_is_refused(dtype):
    inputs = keras.Input((STEPS, FEATURES))
    cast = keras.ops.not_equal(inputs, 0) if dtype == "bool" else keras.Input((2, 3), dtype=dtype)
    given = [inputs] if dtype == "bool" else [inputs, cast]
    attended = layers.MultiHeadAttention(2, 4)(inputs, cast)
    found = lowered_model(keras.Model(given, layers.Dense(2)(layers.Flatten()(attended))))
    assert found == f"MultiHeadAttention applied to {dtype}"


def test_attention_is_not_sampled():
    found = lowered(layers.MultiHeadAttention(2, 4), purpose="sample")
    assert found == "a graph with branches, which is not sampled"
