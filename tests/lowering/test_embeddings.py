"""Embeddings as operations, and those that the engine does not know refused."""

import keras
import pytest
from keras import layers

from epochal.engine.graph import Graph
from epochal.lowering.model import lower_model


def lowered(*added: keras.Layer, dtype: str = "int32") -> Graph | str:
    start = keras.Input((5,), dtype=dtype)
    model = keras.Sequential([start, *added, layers.Flatten(), layers.Dense(2)])
    return lower_model(model, "predict")


@pytest.mark.parametrize("dtype", ["int32", "uint8", "float32"])
def test_indices_become_vectors(dtype):
    graph = lowered(layers.Embedding(9, 4), dtype=dtype)
    assert isinstance(graph, Graph)
    assert graph.operations[0].kind == "embedding"
    assert (graph.parameters[0].rows, graph.parameters[0].columns) == (9, 4)
    assert graph.parameters[1].rows == 5 * 4


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        (
            [layers.Dense(3), layers.Embedding(9, 4)],
            "Embedding of what other layers compute",
        ),
    ],
)
def test_other_embeddings_are_refused(added, reason):
    assert lowered(*added) == reason


def test_weights_beside_the_table_are_refused():
    embedding = layers.Embedding(9, 4)
    embedding.build()
    embedding.enable_lora(2)
    assert lowered(embedding) == "Embedding with LoRA weights"
