"""The graph of the layers, as TensorBoard's own reader finds it."""

from pathlib import Path

import keras
from tensorboard.compat.proto.graph_pb2 import GraphDef

from epochal.callbacks import TensorBoard
from tests.callbacks.boards import fitted, network, read


def test_the_graph_of_the_layers(tmp_path):
    fitted(TensorBoard(tmp_path))
    graph = read(tmp_path / "train").Graph()
    assert isinstance(graph, GraphDef)
    nodes = {node.name: node for node in graph.node}
    assert nodes["head"].op == "Dense"
    assert list(nodes["head"].input) == ["hidden"]
    sizes = [dim.size for dim in nodes["head"].attr["_output_shapes"].list.shape[0].dim]
    assert sizes == [-1, 3]


def graph_nodes(folder: Path) -> dict[str, list[str]]:
    return {node.name: list(node.input) for node in read(folder / "train").Graph().node}


def test_the_graph_of_layers_that_were_another_models(tmp_path):
    model = keras.Sequential(
        [*network().layers[:-1], keras.layers.Dense(3, activation="softmax", name="new")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    fitted(TensorBoard(tmp_path, histogram_freq=1), model)
    nodes = graph_nodes(tmp_path)
    assert nodes["new"] == ["hidden"]
    assert {name for inputs in nodes.values() for name in inputs} <= set(nodes)
    tags = read(tmp_path / "train").Tags()["histograms"]
    assert {"activations/hidden", "activations/new"} <= set(tags)


def test_the_graph_of_a_layer_that_is_called_twice(tmp_path):
    inputs = keras.Input((6,), name="rows")
    first = keras.layers.Dense(6, name="first")(inputs)
    shared = keras.layers.Dense(3, name="shared")
    total = keras.layers.Add(name="total")([shared(inputs), shared(first)])
    model = keras.Model(inputs, keras.layers.Softmax(name="head")(total))
    model.compile("sgd", "sparse_categorical_crossentropy")
    fitted(TensorBoard(tmp_path), model)
    nodes = graph_nodes(tmp_path)
    assert sorted(nodes["shared"]) == ["first", "rows"]
    assert nodes["total"] == ["shared"]


def test_a_nested_model_is_a_scope(tmp_path):
    inner = keras.Sequential([keras.Input((6,)), keras.layers.Dense(5, name="deep")], name="inner")
    inputs = keras.Input((6,))
    outputs = keras.layers.Dense(3, activation="softmax", name="head")(inner(inputs))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "sparse_categorical_crossentropy")
    fitted(TensorBoard(tmp_path, histogram_freq=1), model)
    names = {node.name for node in read(tmp_path / "train").Graph().node}
    assert {"inner", "inner/deep", "head"} <= names


def test_no_graph_where_none_is_asked_for(tmp_path):
    fitted(TensorBoard(tmp_path, write_graph=False))
    assert not read(tmp_path / "train").Tags()["graph"]
