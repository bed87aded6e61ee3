"""What is made of a graph, and which are refused."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epochal.engine.graph import OptimizerSpec
from epochal.engine.native.program import describe
from tests.engine.native.graphs import CLASSES, Draft, every_kind, image
from tests.engines import extension as native

pytestmark = pytest.mark.native


@given(seed=st.integers(0, 10**9))
@settings(max_examples=150)
def test_a_fuzzed_description_never_crashes(seed):
    random = np.random.default_rng(seed)
    draft = Draft(5).rescale().dense(6).activation("tanh").dropout(0.5).batch_norm().layer_norm()
    draft.prelu().of_rows("unit_norm").dropout(0.2, "gaussian_dropout").activity(0.1, 0.2).dense(3)
    if seed % 2:
        draft = (
            Draft(5, more=(5,), averaged=True, summed=True)
            .dense(6)
            .activation("relu")
            .dropout(0.5)
            .merge("add", 1)
        )
        draft.merge("multiply", 1).merge("concatenate", -2, width=5).dropout(0.5).dense(3)
    if seed % 3 == 0:
        odd = seed % 2 == 1
        draft = Draft(8 * (1 + seed % 2), averaged=odd, summed=odd).rescale()
        window = replace(image(4, 2, 1 + seed % 2, filters=4, kernel=2), top=1, stride_width=2)
        draft.convolution(window).dropout(0.5).pooling("max_pooling", image(4, 1, 4))
        draft.convolution(image(4, 1, 4, filters=4, groups=2)).dropout(0.5, "spatial_dropout", 4)
        draft.batch_norm(4).prelu(4).layer_norm("layer_norm", 4).of_rows("softmax", 4)
        draft.pixels("zero_padding", replace(image(4, 1, 4), left=1), 32)
        draft.pixels("cropping", replace(image(4, 2, 4), top=1), 24)
        draft.pixels("up_sampling", replace(image(3, 2, 4), stride_height=2), 48)
        draft.transposed(image(12, 4, 3, filters=4, kernel=2, stride=2))
        draft.merge("concatenate", draft.last, width=144, part=6)
        picture = draft.last
        factors = draft.dense(6).dropout(0.5, "spatial_dropout", 1).last
        draft.at(picture, 288).merge("scale_channels", factors).dense(3)
    if seed % 7 == 0:
        draft = Draft(5, averaged=True, summed=seed % 2 == 1).dense(6)
        draft.recurrent("lstm", 3, 4, sequences=True).recurrent("gru", 3, 5, sequences=True)
        draft.dropout(0.5).dropout(0.5).recurrent("simple_rnn", 3, 2).dense(3)
    optimizer = OptimizerSpec(accumulation=1 + seed % 2, overwriting=3, average_momentum=0.9)
    description = describe(draft.graph(CLASSES, optimizer))
    native.Network(description, 2)  # as it is it makes sense
    values = [-1, 0, 1, 2, 7, 2**31, -(2**40), 0.5, -3.5, float("nan"), "relu", None, True, []]
    for _ in range(random.integers(1, 4)):
        node: Any = description
        while isinstance(node, dict | list) and node:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = keys[random.integers(len(keys))]
            if not isinstance(node[key], dict | list) or not node[key]:
                node[key] = values[random.integers(len(values))]
                break
            node = node[key]
    try:
        network = native.Network(description, 2)
        network.seeds = [[1, 2], [3, 4]]
        losses = np.empty(2, np.float32)
        order = np.zeros((2, 3), np.int32)
        x = [np.ones((4, columns), np.float32) for columns in draft.graph().inputs]
        y = np.zeros(4, np.int32)
        noted = np.empty((2, 3, 3), np.float32), np.empty(2, np.float32)
        network.train(x, y, None, order, np.ones(2, np.float32), 0, 2, losses, None, *noted)
    except (ValueError, TypeError, RuntimeError, OverflowError, KeyError):
        pass  # refused, in words
    else:
        assert losses.shape == (2,)


@pytest.mark.parametrize(
    ("operation", "change", "message"),
    [
        (2, {"inputs": [3]}, "takes what is not there"),
        (2, {"inputs": [-3]}, "takes what is not there"),
        (2, {"inputs": [1, 0, 0]}, "wrong number of inputs"),
        (2, {"inputs": [1, -1]}, "must have one width"),
        (2, {"inputs": [0, 0]}, "an operation's output is not used"),
        (1, {"inputs": [0, 0]}, "wrong number of inputs"),
        (1, {"parameters": [10**9, -1, -1, -1]}, "takes a parameter that is not there"),
        (0, {"parameters": [0, 1, 4, -1]}, "takes a parameter that is not there"),
        (1, {"parameters": [0, -1, -1, -1]}, "a parameter is used twice"),
    ],
)
def test_graphs_that_make_no_sense_are_refused(operation, change, message):
    graph = Draft(5, more=(7,)).dense(3).activation("tanh").merge("add", 0).dense(3).graph(CLASSES)
    description = describe(graph)
    description["operations"][operation] |= change
    with pytest.raises(ValueError, match=message):
        native.Network(description, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss": "hinge"}, "unknown loss"),
        ({"link": "none"}, "a categorical loss needs a softmax"),
        ({"method": "adam"}, "wrong number of slots"),
        ({"operations": []}, "there must be operations"),
        ({"inputs": [0]}, "at least one column"),
        ({"inputs": []}, "there must be an input"),
    ],
)
def test_descriptions_that_make_no_sense_are_refused(change, message):
    description = describe(Draft(5).dense(3).graph(CLASSES))
    with pytest.raises(ValueError, match=message):
        native.Network(description | change, 1)


def test_a_graph_is_described_without_places():
    graph = every_kind()
    description = describe(graph)
    assert description["parameters"][0]["slots"] == 2
    assert description["method"] == "adam"
    assert asdict(graph.loss).items() <= description.items()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "a sequence does not fit its layer"),
        ({"steps": 4}, "a sequence does not fit its layer"),
        ({"parameters": [0, -1, 2, -1]}, "a recurrent layer lacks a kernel"),
        ({"parameters": [2, 1, 0, -1]}, "a sequence does not fit its layer"),
        ({"parameters": [0, 2, 1, -1]}, "the kernels of a recurrent layer do not fit together"),
        ({"activation": "gelu"}, "the state of a recurrent layer has no activation 'gelu'"),
        ({"kind": "gru"}, "the kernels of a recurrent layer do not fit together"),
    ],
)
def test_recurrences_that_make_no_sense_are_refused(change, message):
    description = describe(Draft(3 * 2).recurrent("lstm", 3, 4).dense(3).graph(CLASSES))
    description["operations"][0] |= change
    with pytest.raises(ValueError, match=message):
        native.Network(description, 1)


def test_a_bias_that_does_not_fit_its_recurrent_layer_is_refused():
    description = describe(Draft(3 * 2).recurrent("gru", 3, 4).dense(3).graph(CLASSES))
    description["parameters"][2]["rows"] = 1
    with pytest.raises(ValueError, match="a bias does not fit its recurrent layer"):
        native.Network(description, 1)
