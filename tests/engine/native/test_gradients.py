"""The kernels' gradients against finite differences, in their float64 build."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from epochal.engine.graph import Graph, LossSpec, OptimizerSpec
from tests.engine.native.graphs import Draft, filled, stored
from tests.engines import extension as native

pytestmark = pytest.mark.native

ROWS = 9
# Gradients are kept whole, and so can be looked at, where norms are clipped.
KEPT = OptimizerSpec(clip_global_norm=1e30)
ACTIVATIONS = [
    "relu", "relu6", "leaky_relu", "elu", "selu", "tanh", "sigmoid", "exponential", "softplus",
    "silu", "gelu", "gelu_tanh", "softsign", "hard_sigmoid", "log_sigmoid", "celu", "hard_silu",
    "hard_tanh", "mish", "squareplus", "soft_shrink", "hard_shrink", "tanh_shrink", "sparse_plus",
    "sparse_sigmoid", "bounded_relu", "threshold",
]  # fmt: skip
LOSSES = [
    LossSpec(loss="mse"),
    LossSpec(loss="mae"),
    LossSpec(loss="huber", delta=0.5),
    LossSpec(loss="log_cosh", mean=False),
    LossSpec(loss="binary", link="sigmoid", smoothing=0.1),
    LossSpec(loss="categorical", link="softmax", smoothing=0.2),
    LossSpec(loss="sparse_categorical", link="softmax"),
]


def assert_gradients_are_slopes(graph: Graph) -> None:
    """A few elements of every parameter, moved a little both ways."""
    random = np.random.default_rng(1)
    x = [random.normal(size=(ROWS, width)) for width in graph.inputs]
    y = random.uniform(size=(ROWS, graph.outputs))
    if graph.loss.loss == "sparse_categorical":
        y = random.integers(0, graph.outputs, ROWS).astype(np.int32)
    weights = random.uniform(0.5, 2, ROWS)
    order = random.permutation(ROWS).astype(np.int32)[None]
    network = filled(native.Network64, graph)
    start = stored(network, graph)
    gradients = [np.zeros_like(each) for each in start]
    network.gradients(x, y, weights, order, 0, gradients)

    def loss_at(number: int, values: np.ndarray) -> float:
        for each, array in enumerate(start):  # the moving statistics too
            network.load(each, -1, array)
        network.load(number, -1, values)
        return network.gradients(x, y, weights, order, 0, [np.zeros_like(v) for v in start])

    step = 1e-6
    for number, parameter in enumerate(graph.parameters):
        if not parameter.trainable:
            continue
        for at in random.integers(0, start[number].size, 3):
            moved = np.zeros_like(start[number])
            moved.flat[at] = step
            slope = loss_at(number, start[number] + moved) - loss_at(number, start[number] - moved)
            assert_allclose(gradients[number].ravel()[at], slope / (2 * step), rtol=2e-6, atol=1e-8)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    draft = Draft(7, penalties=(0.01, 0.02)).dense(5).activation(name).dense(18).activation("tanh")
    assert_gradients_are_slopes(draft.dense(3, bias=False).graph(LossSpec(), KEPT))


@pytest.mark.parametrize("loss", LOSSES, ids=lambda each: each.loss)
def test_losses(loss):
    draft = Draft(5).dense(37).activation("tanh").dense(4)
    assert_gradients_are_slopes(draft.graph(loss, KEPT))


@pytest.mark.parametrize("moving", [False, True])
def test_batch_normalisation(moving):
    draft = Draft(5).dense(20).batch_norm(moving=moving).activation("selu").dense(6)
    draft.batch_norm(moving=moving).activation("gelu").dense(2)
    assert_gradients_are_slopes(draft.graph(LossSpec(), KEPT))


def test_layer_normalisation_and_dropout():
    draft = Draft(5).layer_norm().dropout(0.3).dense(20).activation("elu").layer_norm()
    draft.dropout(0.4).dense(70).activation("tanh").dropout(0.1, "alpha_dropout").dense(2)
    assert_gradients_are_slopes(draft.graph(LossSpec(), KEPT))


NOISES = ["dropout", "alpha_dropout", "gaussian_dropout", "gaussian_noise"]


@pytest.mark.parametrize("kind", NOISES)
def test_noise(kind):
    draft = Draft(5).dropout(0.3, kind).dense(20).activation("elu").dropout(0.4, kind)
    draft.dense(70).activation("tanh").dropout(0.1, kind)
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


@pytest.mark.parametrize("kind", ["unit_norm", "softmax", "log_softmax"])
def test_functions_of_rows(kind):
    draft = Draft(5).of_rows(kind).dense(20).of_rows(kind).activation("tanh").dense(37)
    assert_gradients_are_slopes(draft.of_rows(kind).dense(3).graph(LossSpec(), KEPT))


def test_root_mean_square_normalisation():
    draft = Draft(5).layer_norm("rms_norm").dense(20).layer_norm("rms_norm").dense(2)
    assert_gradients_are_slopes(draft.graph(LossSpec(), KEPT))


def test_slopes_that_are_learnt():
    draft = Draft(5, penalties=(0.01, 0.02)).prelu().dense(37).prelu().dense(20).prelu()
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


@pytest.mark.parametrize("kind", ["rescale", "standardise"])
def test_rescaling(kind):
    draft = Draft(5).rescale(kind).dense(37).rescale(kind).activation("tanh").rescale(kind)
    assert_gradients_are_slopes(draft.dense(2).rescale(kind).graph(LossSpec(), KEPT))


def test_skip_connections():
    draft = Draft(5, penalties=(0.01, 0.02)).dense(20).activation("relu")
    first = draft.last
    draft.dense(20).activation("tanh").merge("add", first).layer_norm()
    second = draft.last
    draft.dense(20).batch_norm().merge("add", second).merge("add", first).activation("selu")
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


def test_products_of_branches_and_of_one_with_itself():
    draft = Draft(5).dense(37).activation("gelu")
    first = draft.last
    draft.dense(37).activation("sigmoid").merge("multiply", first).merge("multiply", first)
    draft.merge("multiply", draft.last).prelu()
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


def test_concatenations_of_branches_and_inputs():
    draft = Draft(5, more=(3, 40)).dense(21).activation("elu")
    first = draft.last
    draft.at(-2, 3).dense(17).of_rows("unit_norm")
    draft.merge("concatenate", -3, first, draft.last, width=40 + 21 + 17).activation("tanh")
    wide = draft.last
    draft.dense(33).dropout(0.3).merge("concatenate", wide, width=95).rescale()
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


def test_activity_penalties():
    draft = Draft(5).activity(0.1, 0.1).dense(20).activity(0.1, 0.2).activation("tanh")
    draft.activity(0.0, 0.3).dense(37).activation("relu").activity(0.2, 0.1).dense(2)
    assert_gradients_are_slopes(draft.activity(0.3, 0.0).graph(LossSpec(), KEPT))


def test_deep_chains_layer_by_layer():
    draft = Draft(12)
    for _ in range(12):
        draft.dense(17).activation("selu")
    assert_gradients_are_slopes(draft.dense(1).graph(LossSpec(), KEPT))
