"""The kernels' gradients against finite differences, in their float64 build."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from epochal.engine.graph import Graph, LossSpec, Operation, OptimizerSpec, Window
from tests.engine.native.graphs import Draft, filled, image, partly_frozen_net, residual_net, stored
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
    y = random.uniform(size=(ROWS, graph.targets))
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


def test_extremes_of_branches():
    draft = Draft(5).dense(20).activation("relu")
    first = draft.last
    draft.dense(20).activation("elu").merge("maximum", first)
    draft.dense(20).merge("minimum", first).merge("maximum", draft.last - 1)
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


def test_products_of_branches_and_of_one_with_itself():
    draft = Draft(5).dense(37).activation("gelu")
    first = draft.last
    draft.dense(37).activation("sigmoid").merge("multiply", first).merge("multiply", first)
    draft.merge("multiply", draft.last).prelu()
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


@pytest.mark.parametrize("channels", [1, 3, 35])
def test_products_with_numbers_of_channels(channels):
    draft = Draft(5).dense(4 * channels).activation("gelu")
    image = draft.last
    factors = draft.dense(channels).activation("sigmoid").last
    draft.at(image, 4 * channels).merge("scale_channels", factors)
    first = draft.last
    again = draft.at(factors, channels).dense(channels).last
    draft.at(first, 4 * channels).merge("scale_channels", again).merge("add", first)
    draft.dropout(0.3, "spatial_dropout", channels).dropout(0.3, "spatial_dropout", 1)
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


def test_concatenations_of_branches_and_inputs():
    draft = Draft(5, more=(3, 40)).dense(21).activation("elu")
    first = draft.last
    draft.at(-2, 3).dense(17).of_rows("unit_norm")
    draft.merge("concatenate", -3, first, draft.last, width=40 + 21 + 17).activation("tanh")
    wide = draft.last
    draft.dense(33).dropout(0.3).merge("concatenate", wide, width=95).rescale()
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


WINDOWS = {
    "plain": image(5, 4, 2, filters=3, kernel=3),
    "same": image(5, 4, 2, filters=3, kernel=3, same=True),
    "strided": image(5, 4, 2, filters=17, kernel=3, stride=2, same=True),
    "of groups": image(5, 4, 4, filters=6, kernel=2, groups=2),
    "depthwise": image(5, 4, 3, filters=6, kernel=2, groups=3),
    "dilated": replace(image(7, 6, 2, filters=3, kernel=2), dilation_height=3, dilation_width=2),
    "oblong": Window(height=6, width=5, channels=1, filters=70, kernel_height=4, bottom=2, left=1),
    "pointwise": image(3, 2, 20, filters=5),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_convolutions(name):
    window = WINDOWS[name]
    draft = Draft(window.height * window.width * window.channels, penalties=(0.01, 0.02))
    draft.convolution(window).activation("tanh")
    draft.convolution(image(window.out_height, window.out_width, window.filters, filters=2))
    assert_gradients_are_slopes(draft.dense(3).graph(LossSpec(), KEPT))


@pytest.mark.parametrize("moving", [False, True])
def test_batch_normalisation_of_images(moving):
    draft = Draft(60).batch_norm(3, moving=moving).activation("tanh")
    draft.convolution(image(5, 4, 3, filters=70, kernel=2)).batch_norm(70, moving=moving)
    draft.activation("gelu").convolution(image(4, 3, 70, filters=2)).batch_norm(2, moving=moving)
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


@pytest.mark.parametrize("kind", ["layer_norm", "rms_norm"])
def test_normalisations_of_pixels(kind):
    draft = Draft(60).layer_norm(kind, 3).convolution(image(5, 4, 3, filters=70, kernel=2))
    draft.activation("tanh").layer_norm(kind, 70)
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


@pytest.mark.parametrize("kind", ["unit_norm", "softmax", "log_softmax"])
def test_functions_of_pixels(kind):
    draft = Draft(60).of_rows(kind, 3).convolution(image(5, 4, 3, filters=7, kernel=2))
    assert_gradients_are_slopes(draft.of_rows(kind, 7).dense(2).graph(LossSpec(), KEPT))


def test_numbers_of_columns():
    draft = Draft(6, penalties=(0.01, 0.02)).bias().dense(70).bias()
    first = draft.activation("tanh").last
    draft.bias().merge("multiply", first).convolution(image(7, 5, 2, filters=3, kernel=2)).bias()
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


def test_slopes_and_dropout_of_channels():
    draft = Draft(60, penalties=(0.01, 0.02)).dense(60).prelu(3).dropout(0.3, "spatial_dropout", 3)
    draft.convolution(image(5, 4, 3, filters=70, kernel=2)).prelu(70)
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


TRANSPOSED = {
    "plain": image(5, 4, 2, filters=3, kernel=3),
    "strided": image(7, 6, 2, filters=3, kernel=3, stride=2, same=True),
    "dilated": replace(image(7, 6, 70, filters=3, kernel=2), dilation_height=3, dilation_width=2),
}


@pytest.mark.parametrize("name", TRANSPOSED)
def test_transposed_convolutions(name):
    window = TRANSPOSED[name]
    draft = Draft(5, penalties=(0.01, 0.02))
    draft.dense(window.out_height * window.out_width * window.filters).activation("tanh")
    assert_gradients_are_slopes(draft.transposed(window).dense(2).graph(LossSpec(), KEPT))


def test_pixels_that_move():
    draft = Draft(5).dense(4 * 3 * 2)
    draft.pixels("zero_padding", replace(image(4, 3, 2), top=1, bottom=2, left=3), 7 * 6 * 2)
    draft.activation("tanh").pixels("cropping", replace(image(7, 6, 2), top=2, right=1), 5 * 5 * 2)
    window = replace(image(5, 5, 2), stride_height=2, stride_width=3)
    draft.pixels("up_sampling", window, 10 * 15 * 2)
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


@pytest.mark.parametrize("make", [residual_net, partly_frozen_net])
def test_residual_networks(make):
    graph = replace(make(), loss=LossSpec(), optimizer=KEPT)
    assert_gradients_are_slopes(
        replace(graph, parameters=tuple(replace(each, slots=()) for each in graph.parameters))
    )


def test_convolutions_behind_and_before_dense_layers():
    draft = Draft(5).dense(24).activation("elu")
    draft.convolution(image(4, 3, 2, filters=3, kernel=2), bias=False).dense(12)
    draft.convolution(image(2, 2, 3, filters=5, kernel=2)).activity(0.1, 0.2)
    assert_gradients_are_slopes(draft.graph(LossSpec(), KEPT))


POOLINGS = {
    "plain": image(6, 4, 3, kernel=2, stride=2),
    "overlapping": image(6, 5, 3, kernel=3, stride=2, same=True),
    "oblong": Window(height=6, width=5, channels=3, filters=3, kernel_height=4, top=2, left=0),
    "global": replace(image(6, 5, 3), kernel_height=6, kernel_width=5),
}


@pytest.mark.parametrize("name", POOLINGS)
@pytest.mark.parametrize("kind", ["max_pooling", "average_pooling", "global_max_pooling"])
def test_poolings(kind, name):
    if kind == "global_max_pooling" and name != "global":
        pytest.skip("a global pooling takes the whole image")
    window = POOLINGS[name]
    draft = Draft(5).dense(window.height * window.width * window.channels).activation("tanh")
    assert_gradients_are_slopes(draft.pooling(kind, window).dense(2).graph(LossSpec(), KEPT))


def test_activity_penalties():
    draft = Draft(5).activity(0.1, 0.1).dense(20).activity(0.1, 0.2).activation("tanh")
    draft.activity(0.0, 0.3).dense(37).activation("relu").activity(0.2, 0.1).dense(2)
    assert_gradients_are_slopes(draft.activity(0.3, 0.0).graph(LossSpec(), KEPT))


def test_deep_chains_layer_by_layer():
    draft = Draft(12)
    for _ in range(12):
        draft.dense(17).activation("selu")
    assert_gradients_are_slopes(draft.dense(1).graph(LossSpec(), KEPT))


@pytest.mark.parametrize("kind", ["lstm", "gru", "simple_rnn"])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_recurrences(kind, activation):
    draft = Draft(4 * 3, penalties=(0.01, 0.02)).dense(4 * 5)
    draft.recurrent(kind, 4, 7, sequences=True, activation=activation)
    draft.recurrent(kind, 4, 18, sequences=True, backwards=True, bias=False, activation=activation)
    draft.recurrent(kind, 4, 6, sequences=True, backwards=True, flipped=True)
    draft.recurrent(kind, 4, 5, activation=activation)
    assert_gradients_are_slopes(draft.dense(3).graph(LossSpec(), KEPT))


# A ReLU of numbers that are no parameters is a mask: it is zero at about half of the steps.
@pytest.mark.parametrize("kind", ["lstm", "gru", "simple_rnn"])
@pytest.mark.parametrize("zeros", [False, True])
def test_masked_recurrences(kind, zeros):
    draft = Draft(5 * 3, more=(5,)).dense(5 * 4)
    below = draft.last
    draft.operations.append(Operation(kind="activation", activation="relu", inputs=(-2,)))
    mask = draft.last
    for number, backwards in enumerate([False, True]):
        source = draft.last if number else below
        draft.recurrent(
            kind, 5, 4, sequences=True, backwards=backwards, zeros=zeros, inputs=(source, mask)
        )
    draft.recurrent(kind, 5, 6, inputs=(draft.last, mask))
    assert_gradients_are_slopes(draft.dense(3).graph(LossSpec(), KEPT))


def test_recurrences_over_one_input():
    draft = Draft(5 * 2).activation("tanh").recurrent("lstm", 5, 4)
    lstm = draft.last
    draft.at(0, 5 * 2).recurrent("gru", 5, 4, backwards=True).merge("add", lstm)
    assert_gradients_are_slopes(draft.dense(3).graph(LossSpec(), KEPT))


@pytest.mark.parametrize("columns", [5, 70])
def test_embeddings(columns):
    # Rows are standard normal: as indices a few whole numbers, some of them negative.
    draft = Draft(9, penalties=(0.01, 0.02)).embedding(12, columns).activation("tanh")
    assert_gradients_are_slopes(draft.dense(3).graph(LossSpec(), KEPT))


# Heads narrower and wider than a lane and a panel, sequences shorter and longer than a block.
@pytest.mark.parametrize(
    ("heads", "columns", "steps", "keys", "causal"),
    [(2, 3, 4, 5, False), (1, 18, 35, 35, True), (2, 70, 3, 2, False), (3, 1, 1, 1, True)],
)
def test_attention(heads, columns, steps, keys, causal):
    draft = Draft(6, penalties=(0.01, 0.02)).dense(9).activation("elu")
    draft.attention(heads, columns, steps, keys=keys, causal=causal).activation("tanh")
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))


def test_attention_to_itself():
    draft = Draft(6).dense(2 * 3 * 4).activation("tanh")
    x = draft.last
    draft.operations += [
        Operation(kind="attention_weights", inputs=(x, x), number=0.6, heads=2, steps=4),
        Operation(kind="attention_values", inputs=(x + 1, x), heads=2, steps=4),
    ]
    assert_gradients_are_slopes(draft.dense(2).graph(LossSpec(), KEPT))
