"""Subnormal numbers are zero while the engine works, and the caller's mode stays as it was."""

import ctypes
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from epochal.engine.graph import Graph, OptimizerSpec
from epochal.engine.native.program import describe
from tests.engine.native.graphs import CLASSES, Draft, filled, kernels_of_this_processor
from tests.engines import extension as native

pytestmark = pytest.mark.native

SUBNORMAL = np.float32(1e-40)
SMALLEST_NORMAL = np.finfo(np.float32).tiny
STEPS = 20_000
ROWS, COLUMNS = 6, 5

X = np.random.default_rng(0).normal(size=(ROWS, COLUMNS)).astype(np.float32)
Y = np.arange(ROWS, dtype=np.int32) % 3
ORDER = np.arange(ROWS, dtype=np.int32).reshape(2, 3)


def flushes() -> bool:
    """Whether this thread's subnormal numbers are zero: as a result, or as an operand."""
    result = np.full(16, SMALLEST_NORMAL) * np.float32(0.25)
    operand = np.full(16, SUBNORMAL) * np.float32(1e30)
    zeros = [not values.any() for values in (result, operand)]
    assert zeros[0] == zeros[1]
    return zeros[0]


@contextmanager
def flushing() -> Iterator[None]:
    """This thread in the mode in which it flushes, as some libraries leave it: x86's MXCSR."""
    libm = ctypes.CDLL("libm.so.6")
    before, other = (ctypes.create_string_buffer(32) for _ in range(2))
    libm.fegetenv(before)
    libm.fegetenv(other)
    mxcsr = ctypes.c_uint32.from_buffer(other, 28)
    mxcsr.value |= 0x8040
    libm.fesetenv(other)
    try:
        yield
    finally:
        libm.fesetenv(before)


def tiny_net(*slots: int, **optimizer: Any) -> Graph:
    draft = Draft(COLUMNS, slots=slots).dense(4).activation("tanh").dropout(0.5).dense(3)
    return draft.graph(CLASSES, OptimizerSpec(**optimizer))


def train(network: Any) -> None:
    network.train([X], Y, None, ORDER, np.ones(2, np.float32), 0, 2, np.empty(2, np.float32))


def gradients(network: Any) -> None:
    out = [np.empty(shape, np.float32) for shape in ((5, 4), (1, 4), (4, 3), (1, 3))]
    network.gradients([X], Y, None, ORDER, 0, out)


CALLS: dict[str, Callable[[Any], object]] = {
    "load": lambda network: network.load(0, -1, np.ones((COLUMNS, 4), np.float32)),
    "store": lambda network: network.store(0, -1, np.empty((COLUMNS, 4), np.float32)),
    "train": train,
    "evaluate": lambda network: network.evaluate([X], Y, None, ORDER, 0, 2),
    "predict": lambda network: network.predict([X], ORDER, 0, 2, np.empty((6, 3), np.float32)),
    "sample": lambda network: network.sample([X], 0, 2, [[1, 2]], np.empty((2, 6, 3), np.float32)),
    "gradients": gradients,
}


@pytest.mark.parametrize("threads", [0, 1, 3])
@pytest.mark.parametrize("call", CALLS)
def test_the_caller_does_not_flush_afterwards(call, threads):
    network = filled(native.Network, tiny_net(clip_norm=1.0), threads=threads)
    assert not flushes()
    CALLS[call](network)
    assert not flushes()


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="sets the mode of an x86"
)
@pytest.mark.parametrize("call", CALLS)
def test_a_caller_that_flushes_still_does(call):
    network = filled(native.Network, tiny_net(clip_norm=1.0), threads=2)
    with flushing():
        assert flushes()
        CALLS[call](network)
        assert flushes()
    assert not flushes()


def test_the_mode_is_restored_where_a_call_fails():
    network = filled(native.Network, tiny_net())
    with pytest.raises(ValueError, match="only where norms are clipped"):
        gradients(network)
    assert not flushes()
    with pytest.raises(ValueError, match="the order names a row that is not there"):
        network.predict([X], ORDER + ROWS, 0, 2, np.empty((6, 3), np.float32))
    assert not flushes()
    with pytest.raises(ValueError, match="there must be a key for each dropout"):
        network.sample([X], 0, 2, [], np.empty((2, 6, 3), np.float32))
    assert not flushes()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("slots", "optimizer"),
    [
        (1, {"method": "momentum", "momentum": 0.9}),
        (1, {"method": "nesterov", "momentum": 0.9}),
        (2, {"method": "adam", "beta1": 0.9, "beta2": 0.999}),
        (3, {"method": "adam", "beta1": 0.9, "beta2": 0.999, "amsgrad": True}),
        (2, {"method": "nadam", "beta1": 0.9, "beta2": 0.999}),
        (2, {"method": "adamax", "beta1": 0.9, "beta2": 0.999}),
        (3, {"method": "rmsprop", "beta1": 0.9, "momentum": 0.9, "centered": True}),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else str(value),
)
def test_moments_that_decay_end_at_zero(slots, optimizer, threads):
    # A column that is not zero in the first batch alone, as a pixel that hardly varies.
    x = X.copy()
    x[:, 0] = 0
    x[0, 0] = 1e-14  # its squared gradients of 1e-33 are subnormal after some thousand steps
    order = np.random.default_rng(1).integers(1, ROWS, (STEPS, 2), np.int32)
    order[0, 0] = 0
    graph = tiny_net(*(0,) * slots, **optimizer)
    network = filled(native.Network, graph, threads=threads)
    rates = np.full(STEPS, 1e-4, np.float32)
    network.train([x], Y, None, order, rates, 0, STEPS, np.empty(STEPS, np.float32))
    for number, parameter in enumerate(graph.parameters):
        for slot in range(-1, slots):
            values = np.empty((parameter.rows, parameter.columns), np.float32)
            network.store(number, slot, values)
            size = np.abs(values)
            assert np.count_nonzero((size > 0) & (size < SMALLEST_NORMAL)) == 0


@pytest.mark.parametrize("kernels", kernels_of_this_processor())
def test_what_is_loaded_as_a_subnormal_number_counts_as_zero(kernels):
    graph = Draft(COLUMNS).dense(3, bias=False).graph()
    network = native.Network(describe(graph), 1, kernels)
    outputs = np.empty((2, 3), np.float32)
    for weight, value in ((SUBNORMAL, 1e30), (1e30, SUBNORMAL)):
        network.load(0, -1, np.full((COLUMNS, 3), weight, np.float32))
        x = np.full((2, COLUMNS), value, np.float32)
        network.predict([x], np.arange(2, dtype=np.int32)[None], 0, 1, outputs)
        assert_array_equal(outputs, 0)
