"""Which models become a graph, in which order, and in one phrase why others do not."""

import keras
import pytest
from keras import layers

from epochal.engine.graph import Graph
from epochal.lowering.model import lower_model


def compiled(*parts: keras.Layer, **options: object) -> keras.Model:
    model = keras.Sequential([keras.Input((4,)), *parts])
    model.compile(**({"optimizer": "sgd", "loss": "mse"} | options))
    model.optimizer.build(model.trainable_variables)
    return model


def lowered(model: keras.Model, purpose: str = "predict") -> Graph:
    graph = lower_model(model, purpose)
    assert isinstance(graph, Graph), graph
    return graph


def test_a_sequential_model_is_its_operations_in_order() -> None:
    graph = lowered(compiled(layers.Dense(3, "relu"), layers.Dropout(0.5), layers.Dense(2)))
    assert [op.kind for op in graph.operations] == ["dense", "activation", "dropout", "dense"]
    assert (graph.inputs, graph.outputs, graph.output_shape) == ((4,), 2, (2,))
    assert all(not operation.inputs for operation in graph.operations)


def test_branches_name_the_operations_that_they_take() -> None:
    first, second = keras.Input((4,), name="b"), keras.Input((4,), name="a")
    joint = layers.Subtract()([layers.Dense(3)(first), layers.Dense(3)(second)])
    graph = lowered(keras.Model({"b": first, "a": second}, joint))
    assert graph.names == ("a", "b")
    kinds = [operation.kind for operation in graph.operations]
    assert sorted(kinds) == ["add", "dense", "dense", "rescale"]
    assert graph.operations[-1].kind == "add"
    assert len(graph.operations[-1].inputs) == 2


def test_a_softmax_is_the_loss_s_where_that_takes_probabilities() -> None:
    model = compiled(layers.Dense(3, "softmax"), loss="sparse_categorical_crossentropy")
    for purpose in ("train", "test", "predict"):
        assert [op.kind for op in lowered(model, purpose).operations] == ["dense"]
    squared = compiled(layers.Dense(3, "softmax"))
    assert [op.kind for op in lowered(squared, "test").operations] == ["dense", "softmax"]


def test_a_prediction_needs_neither_loss_nor_optimizer() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    graph = lowered(model)
    assert graph.metrics == ()
    assert all(not parameter.trainable for parameter in graph.parameters)


def two_outputs() -> keras.Model:
    start = keras.Input((4,))
    return keras.Model(start, [layers.Dense(1)(start), layers.Dense(1)(start)])


def with_arguments() -> keras.Model:
    start = keras.Input((4,))
    return keras.Model(start, layers.Softmax()(layers.Dense(4)(start), mask=start))


def of_any_length() -> keras.Model:
    return keras.Sequential([keras.Input((None, 4)), layers.Dense(1)])


REFUSED = {
    "several outputs": (two_outputs, "several outputs"),
    "a call with arguments": (with_arguments, "Softmax called with mask"),
    "an input of any length": (of_any_length, "an input whose shape is not fixed"),
    "no weights": (lambda: compiled(layers.ReLU()), "no Dense layer and no convolution"),
    "a layer": (lambda: compiled(layers.RepeatVector(2)), "layer RepeatVector"),
    "a shared layer": (lambda: compiled(*2 * [layers.Dense(4)]), "Dense used twice"),
    "half precision": (
        lambda: compiled(layers.Dense(1, dtype="float16")),
        "Dense that does not compute in float32",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_graph_says_why(case: str) -> None:
    build, reason = REFUSED[case]
    assert lower_model(build(), "predict") == reason


@pytest.mark.parametrize("layer", [keras.layers.Flatten(), keras.layers.Dense(2)])
def test_what_is_made_of_a_comparison_is_refused(layer):
    inputs = keras.Input((5, 3))
    outputs = layer(keras.ops.cast(keras.ops.not_equal(inputs, 0), "float32"))
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(outputs)))
    model.compile("sgd", "mse")
    assert lower_model(model, "predict") == "Cast applied to bool"
