"""Convolutions of every geometry, beside loops in NumPy and on each instruction set."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from epochal.engine.graph import Graph, LossSpec, OptimizerSpec, Window
from tests.engine.native.graphs import Draft, every_window, filled, image, trained, weights_of
from tests.engines import extension as native
from tests.reference.image_convolution import convolved, convolved_back

pytestmark = pytest.mark.native

ROWS = 11
ORDER = np.arange(ROWS, dtype=np.int32)[None]
KEPT = OptimizerSpec(clip_global_norm=1e30)  # gradients are kept whole where norms are clipped


@st.composite
def windows(draw: st.DrawFn) -> Window:
    small = st.integers(1, 3)
    groups = draw(st.sampled_from([1, 1, 1, 2, 5, 35]))
    of_group = (1, 1, 2) if groups == 35 else (1, 1, 2, 3, 7, 16, 20)
    channels = groups * draw(st.sampled_from(of_group))
    filters = groups * draw(st.sampled_from(of_group if groups > 1 else (1, 2, 5, 16, 33, 70)))
    kernel = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    dilation = draw(st.tuples(small, small))
    pads = draw(st.tuples(*[st.integers(0, 4)] * 4))
    least = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    return Window(
        height=max(1, least[0] - pads[0] - pads[1]) + draw(st.integers(0, 17)),
        width=max(1, least[1] - pads[2] - pads[3]) + draw(st.integers(0, 17)),
        channels=channels,
        filters=filters,
        kernel_height=kernel[0],
        kernel_width=kernel[1],
        stride_height=draw(small),
        stride_width=draw(small),
        dilation_height=dilation[0],
        dilation_width=dilation[1],
        top=pads[0],
        bottom=pads[1],
        left=pads[2],
        right=pads[3],
        groups=groups,
    )


def images_of(window: Window) -> np.ndarray:
    shape = ROWS, window.height, window.width, window.channels
    return np.random.default_rng(0).normal(size=shape)


def networks(graph: Graph) -> Iterator[tuple[Any, type, float]]:
    """One of each table of kernels that this processor can run, its type, and how near it comes."""
    yield filled(native.Network64, graph), np.float64, 1e-9
    for table in native.kernel_tables():
        if table == "double":
            continue
        try:
            network = filled(native.Network, graph, kernels=table)
        except ValueError:  # this processor has none of these
            continue
        yield network, np.float32, 1e-4


@given(window=windows(), relu=st.booleans())
@settings(max_examples=60, deadline=None)
def test_outputs_of_every_geometry(window, relu):
    x = images_of(window)
    draft = Draft(x[0].size).convolution(window)
    graph = (draft.activation("relu") if relu else draft).graph()
    kernel, bias = weights_of(graph)
    expected = convolved(window, x, kernel.reshape(-1, *_group(window)), bias)
    expected = np.maximum(expected, 0) if relu else expected
    for network, kind, near in networks(graph):
        predicted: np.ndarray = np.zeros((ROWS, graph.outputs), kind)
        network.predict([x.reshape(ROWS, -1).astype(kind)], ORDER, 0, 1, predicted)
        assert_allclose(predicted, expected.reshape(ROWS, -1), rtol=near, atol=near)


@given(window=windows(), relu=st.booleans())
@settings(max_examples=60, deadline=None)
def test_gradients_of_every_geometry(window, relu):
    """Behind a product with the channels of each pixel, whose gradient shows that of the images."""
    x = images_of(window)
    channels = window.channels
    draft = Draft(x[0].size).convolution(image(window.height, window.width, channels))
    draft.convolution(window)
    graph = (draft.activation("relu") if relu else draft).graph(LossSpec(), KEPT)
    first, first_bias, kernel, bias = weights_of(graph)
    kernel = kernel.reshape(-1, *_group(window))
    hidden = x @ first + first_bias
    y = convolved(window, hidden, kernel, bias)
    y = np.maximum(y, 0) if relu else y
    dy = 2 * y / y.size * ((y > 0) if relu else 1)
    d_hidden, d_kernel = convolved_back(window, hidden, kernel, dy)
    expected = [
        np.einsum("bijc,bijd->cd", x, d_hidden),
        d_hidden.sum(axis=(0, 1, 2)),
        d_kernel,
        dy.sum(axis=(0, 1, 2)),
    ]
    for network, kind, near in networks(graph):
        assert_gradients(network, graph, x.astype(kind), expected, near)


@given(window=windows(), relu=st.booleans())
@settings(max_examples=60, deadline=None)
def test_transposed_convolutions_of_every_geometry(window, relu):
    """Which give what the gradient of the images would be, and whose gradient is a convolution."""
    window = replace(window, groups=1)
    small = np.random.default_rng(0).normal(
        size=(ROWS, window.out_height, window.out_width, window.filters)
    )
    channels = window.filters
    draft = Draft(small[0].size).convolution(image(window.out_height, window.out_width, channels))
    draft.transposed(window)
    graph = (draft.activation("relu") if relu else draft).graph(LossSpec(), KEPT)
    first, first_bias, kernel, bias = weights_of(graph)
    kernel = kernel.reshape(-1, *_group(window))
    hidden = small @ first + first_bias
    y = convolved_back(window, images_of(window), kernel, hidden)[0] + bias
    y = np.maximum(y, 0) if relu else y
    dy = 2 * y / y.size * ((y > 0) if relu else 1)
    d_hidden = convolved(window, dy, kernel, np.zeros(channels))
    expected = [
        np.einsum("bijc,bijd->cd", small, d_hidden),
        d_hidden.sum(axis=(0, 1, 2)),
        convolved_back(window, dy, kernel, hidden)[1],
        dy.sum(axis=(0, 1, 2)),
    ]
    for network, kind, near in networks(graph):
        assert_gradients(network, graph, small.astype(kind), expected, near)


def assert_gradients(
    network: Any, graph: Graph, x: np.ndarray, expected: list[np.ndarray], near: float
) -> None:
    gradients = [np.zeros((each.rows, each.columns), x.dtype) for each in graph.parameters]
    zeros = np.zeros((ROWS, graph.outputs), x.dtype)
    network.gradients([x.reshape(ROWS, -1)], zeros, None, ORDER, 0, gradients)
    for found, wanted in zip(gradients, expected, strict=True):
        assert_allclose(found.ravel(), np.ravel(wanted), rtol=near, atol=near)


def _group(window: Window) -> tuple[int, int]:
    return window.channels // window.groups, window.filters


@pytest.mark.parametrize("kernels", ["avx512", "avx2", "baseline"])
def test_kinds_of_processors_agree(kernels):
    try:
        losses, network = trained(native.Network, every_window(), kernels=kernels)
    except ValueError:
        pytest.skip(f"this processor has no {kernels}")
    assert network.kernels == kernels
    assert_allclose(losses, trained(native.Network, every_window())[0], rtol=2e-5)


def test_a_small_batch_keeps_nothing_of_a_larger_one():
    """Of the groups of images that gradients are summed over, some are empty then."""
    draft = Draft(16).convolution(image(4, 4, 1, filters=3, kernel=3, same=True))
    graph = draft.activation("relu").graph(LossSpec(), KEPT)
    x = np.random.default_rng(0).normal(size=(ROWS, 16))
    zeros, few = np.zeros((ROWS, graph.outputs)), ORDER[:, :3].copy()
    network, other = filled(native.Network64, graph), filled(native.Network64, graph)
    found, wanted = ([np.zeros((9, 3)), np.zeros((1, 3))] for _ in range(2))
    network.gradients([x], zeros, None, ORDER, 0, found)
    network.gradients([x], zeros, None, few, 0, found)
    other.gradients([x], zeros, None, few, 0, wanted)
    for one, two in zip(found, wanted, strict=True):
        assert_array_equal(one, two)


def test_what_is_not_a_number_stays_so():
    """A training that diverges is seen to."""
    draft = Draft(16).convolution(image(4, 4, 1, filters=3, kernel=3, same=True))
    graph = draft.activation("relu").graph()
    predicted = np.zeros((1, graph.outputs), np.float32)
    x = np.full((1, 16), np.nan, np.float32)
    filled(native.Network, graph).predict([x], ORDER[:, :1], 0, 1, predicted)
    assert np.isnan(predicted).all()
