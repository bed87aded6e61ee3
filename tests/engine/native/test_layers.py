"""The kinds of layers: which there are, and what those that draw give."""

import ast
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from epochal import lowering
from epochal.engine.graph import OptimizerSpec
from epochal.engine.native.program import describe
from epochal.engine.xla import random
from tests.engine.native.graphs import (
    Draft,
    attention_net,
    every_head,
    every_kind,
    every_merge,
    every_recurrence,
    every_window,
)
from tests.engines import extension as native
from tests.tolerances import QUANTILES

pytestmark = pytest.mark.native


def test_every_kind_is_lowered_to() -> None:
    """Each kind of the extension is named in the lowering of Keras' layers."""
    words = {
        node.value
        for path in Path(lowering.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
    }
    assert set(native.layer_kinds()) <= words


def test_every_operation_of_the_lowering_is_a_kind() -> None:
    named = {
        keyword.value.value
        for path in Path(lowering.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Operation"
        for keyword in node.keywords
        if keyword.arg == "kind" and isinstance(keyword.value, ast.Constant)
    } - {""}  # what stands for the last operation where there is none
    assert named
    assert named <= set(native.layer_kinds())


def test_the_graphs_of_these_tests_have_every_kind() -> None:
    every = every_kind, every_merge, every_window, every_recurrence, every_head, attention_net
    graphs = [make() for make in every]
    assert sorted({each.kind for graph in graphs for each in graph.operations}) == (
        native.layer_kinds()
    )


def test_a_kind_that_there_is_not_is_refused() -> None:
    graph = describe(Draft(5).dense(3).graph())
    graph["operations"][0]["kind"] = "transformer"
    with pytest.raises(ValueError, match="unknown operation 'transformer'"):
        native.Network(graph, 1)


@pytest.mark.parametrize("rate", [0.05, 0.3])
def test_alpha_dropout_keeps_mean_and_variance(rate):
    # Targets of zero: the loss is the mean of the squares of what it leaves of standard normals.
    graph = Draft(400).dropout(rate, "alpha_dropout").dense(400, bias=False).graph()
    network = native.Network(describe(graph), 1)
    network.load(0, -1, np.eye(400, dtype=np.float32))
    x = np.random.default_rng(0).normal(size=(300, 400)).astype(np.float32)
    order = np.arange(300, dtype=np.int32)[None]
    losses = np.empty(1, np.float32)
    rates = np.zeros(1, np.float32)
    network.seeds = [[1, 2]]
    network.train([x], np.zeros_like(x), None, order, rates, 0, 1, losses)
    assert losses[0] == pytest.approx(1, abs=0.03)  # mean 0 and variance 1
    network.seeds = [[1, 2]]
    network.train([x], np.ones_like(x), None, order, rates, 0, 1, losses)
    assert losses[0] == pytest.approx(2, abs=0.03)  # the mean of squares, less twice the mean, + 1


def test_masks_are_those_of_the_other_engine_to_the_bit():
    batch, width, rate = 13, 37, 0.3
    graph = Draft(width).dropout(rate).dense(width, bias=False).graph()
    network = native.Network(describe(graph), 1)
    network.load(0, -1, np.eye(width, dtype=np.float32))
    network.seeds = [[123, 45]]
    # The weights move by x' . dy: with one row of ones at a time they show that row's mask.
    x = np.ones((batch, width), np.float32)
    order = np.arange(batch, dtype=np.int32)[None]
    losses = np.empty(1, np.float32)
    target = np.zeros((batch, width), np.float32)
    network.train([x], target, None, order, np.zeros(1, np.float32), 0, 1, losses)
    mask = np.asarray(random.keep_mask(jnp.asarray([123, 45], jnp.uint32), rate, (batch, width)))
    kept = float(np.float32(1 / (1 - rate))) ** 2
    assert losses[0] == pytest.approx(mask.mean() * kept, rel=1e-6)
    assert [list(seed) for seed in network.seeds] == [[123, 46]]
    one_by_one = []
    for row in range(batch):
        # A target that is not zero in one row alone makes the gradient that row's mask.
        network.load(0, -1, np.eye(width, dtype=np.float32))
        network.seeds = [[123, 45]]
        weights = (np.arange(batch) == row).astype(np.float32)
        network.train([x], target, weights, order, np.ones(1, np.float32), 0, 1, losses)
        moved = np.empty((width, width), np.float32)
        network.store(0, -1, moved)
        one_by_one.append(np.diag(moved) != 1)
    assert_array_equal(np.array(one_by_one), mask)


@pytest.mark.parametrize("kind", ["gaussian_noise", "gaussian_dropout"])
def test_normal_numbers_are_those_of_the_other_engine_to_rounding(kind):
    batch, width, deviation = 9, 37, 0.5
    rate = 1 / (1 + 1 / deviation**2)  # of which gaussian dropout makes this deviation
    draft = Draft(width).dropout(deviation if kind == "gaussian_noise" else rate, kind).dense(1)
    graph = draft.graph(optimizer=OptimizerSpec(clip_global_norm=1e30))
    network = native.Network(describe(graph), 1)
    x = np.ones((batch, width), np.float32)
    order = np.arange(batch, dtype=np.int32)[None]
    seen = []
    for row in range(batch):  # the kernel's gradient is the noisy row, times the bias's
        network.seeds = [[123, 45]]
        out = [np.zeros((width, 1), np.float32), np.zeros((1, 1), np.float32)]
        weights = (np.arange(batch) == row).astype(np.float32)
        network.gradients([x], np.ones((batch, 1), np.float32), weights, order, 0, out)
        seen.append(out[0][:, 0] / out[1][0, 0])
    numbers = random.normal(jnp.asarray([123, 45], jnp.uint32), (batch, width))
    assert_allclose(seen, 1 + deviation * numbers, **QUANTILES)
