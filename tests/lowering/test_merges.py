"""Layers of several inputs as operations, and those that broadcast refused."""

import keras
import pytest
from keras import layers

from epochal.engine.graph import Graph
from epochal.lowering.merges import MERGES
from epochal.lowering.model import lower_model

EXPECTED = {
    layers.Add: ["add", "add"],
    layers.Multiply: ["multiply", "multiply"],
    layers.Average: ["add", "add", "rescale"],
    layers.Maximum: ["maximum", "maximum"],
    layers.Minimum: ["minimum", "minimum"],
    layers.Concatenate: ["concatenate"],
}


def lowered(merge: keras.Layer, widths: tuple[int, ...], purpose: str = "predict") -> Graph | str:
    start = keras.Input((4,))
    return lower_model(keras.Model(start, merge([layers.Dense(w)(start) for w in widths])), purpose)


def test_every_merge_is_tested() -> None:
    assert set(MERGES) == {*EXPECTED, layers.Subtract}


@pytest.mark.parametrize("kind", EXPECTED, ids=lambda kind: kind.__name__)
def test_three_inputs_are_merged_in_order(kind: type) -> None:
    graph = lowered(kind(), (3, 3, 3))
    assert isinstance(graph, Graph)
    assert [operation.kind for operation in graph.operations[3:]] == EXPECTED[kind]
    assert graph.outputs == (9 if kind is layers.Concatenate else 3)


def test_a_difference_is_a_sum_with_the_second_negated() -> None:
    graph = lowered(layers.Subtract(), (3, 3))
    assert isinstance(graph, Graph)
    negation, total = graph.operations[2:]
    assert (negation.kind, negation.factor) == ("rescale", (-1.0,))
    assert (total.kind, total.inputs) == ("add", (2, 0))


@pytest.mark.parametrize(
    ("axis", "part", "shape"),
    [(-1, 5, (4, 3, 5)), (3, 5, (4, 3, 5)), (2, 20, (4, 5, 4)), (1, 0, ())],
)
def test_a_concatenation_is_of_the_parts_inside_its_axis(
    axis: int, part: int, shape: tuple
) -> None:
    start = keras.Input((4, 3, 4))
    sizes = [(4, 3, 1), (4, 2, 4), (4, 3, 4)]
    other = keras.Input(sizes[0] if part == 5 else sizes[1] if part else sizes[2])
    value = layers.Dense(4)(start)
    graph = lower_model(
        keras.Model([start, other], layers.Concatenate(axis)([value, other])), "predict"
    )
    assert isinstance(graph, Graph)
    assert graph.operations[-1].part == part
    assert graph.output_shape == (shape or (8, 3, 4))


@pytest.mark.parametrize(
    ("merge", "widths", "purpose", "reason"),
    [
        (layers.Add(), (3, 1), "predict", "Add that broadcasts one of its inputs"),
        (layers.Dot(1), (3, 3), "predict", "layer Dot"),
        (layers.Add(), (3, 3), "sample", "a graph with branches, which is not sampled"),
    ],
)
def test_other_merges_are_refused(merge, widths, purpose: str, reason: str) -> None:
    assert lowered(merge, widths, purpose) == reason
