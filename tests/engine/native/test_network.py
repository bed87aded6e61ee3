"""Networks as wholes: threads, chunks of steps, shapes, and who looks meanwhile."""

import json
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from epochal.engine.graph import OptimizerSpec
from tests.engine.native.graphs import (
    CLASSES,
    NETS,
    ROWS,
    Draft,
    every_kind,
    filled,
    stored,
    trained,
    weights_of,
)
from tests.engines import extension as native

pytestmark = pytest.mark.native


@pytest.mark.parametrize("make", NETS)
def test_any_number_of_threads_gives_the_same_bits(make):
    losses, alone = trained(native.Network, make(), steps=60)
    for threads in (2, 3, 5, 0):
        others, network = trained(native.Network, make(), threads=threads, steps=60)
        assert_array_equal(others, losses)
        for one, other in zip(stored(network, make()), stored(alone, make()), strict=True):
            assert_array_equal(one, other)


def test_stretches_are_the_whole():
    graph = every_kind()
    losses, network = trained(native.Network, graph, steps=6)
    first, halves = trained(native.Network, graph, steps=6)
    assert_array_equal(first, losses)
    assert halves.iterations == network.iterations == 6
    assert [list(seed) for seed in network.seeds] == [[n, 13] for n in range(1, 6)]


@given(
    width=st.integers(1, 150),
    hidden=st.integers(1, 150),
    outputs=st.integers(1, 40),
    batch=st.integers(1, 100),
)
@settings(max_examples=40)
def test_products_of_all_shapes(width, hidden, outputs, batch):
    graph = Draft(width).dense(hidden).dense(outputs).graph()
    x = np.random.default_rng(0).normal(size=(ROWS, width)).astype(np.float32)
    order = np.arange(batch, dtype=np.int32)[None]
    predicted = np.zeros((batch, outputs), np.float32)
    filled(native.Network, graph).predict([x], order, 0, 1, predicted)
    w, b, v, c = weights_of(graph)
    assert_allclose(predicted, (x[:batch] @ w + b) @ v + c, rtol=1e-4, atol=1e-4)


def test_the_gradient_of_many_rows_is_the_mean_of_those_of_few():
    parts, rows = 3, 300  # a third takes the way of small batches
    draft = Draft(150).dense(70).activation("relu").dense(130).activation("tanh").dense(10)
    kept = draft.graph(CLASSES, OptimizerSpec(clip_global_norm=1e30))
    random = np.random.default_rng(0)
    x = [random.normal(size=(rows, 150))]
    y = random.integers(0, 10, rows).astype(np.int32)

    def gradients(order: np.ndarray) -> list[np.ndarray]:
        network = filled(native.Network64, kept)
        found = [np.zeros_like(each) for each in stored(network, kept)]
        network.gradients(x, y, None, order.astype(np.int32)[None], 0, found)
        return found

    whole = gradients(np.arange(rows))
    thirds = [gradients(part) for part in np.split(np.arange(rows), parts)]
    for all_rows, few in zip(whole, zip(*thirds, strict=True), strict=True):
        assert_allclose(all_rows, np.mean(few, axis=0), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kernels", ["avx512", "avx2", "baseline"])
def test_kinds_of_processors_agree_on_many_rows(kernels):
    graph = Draft(150).dense(130).activation("relu").dense(10).graph(CLASSES)
    try:
        losses, network = trained(native.Network, graph, batch=300, kernels=kernels)
    except ValueError:
        pytest.skip(f"this processor has no {kernels}")
    assert network.kernels == kernels
    exact, _ = trained(native.Network, graph, batch=300, kernels="baseline")
    assert_allclose(losses, exact, rtol=2e-5)


@pytest.mark.parametrize(("optimizer", "slots"), [("sgd", ()), ("adam", (0, 0))])
def test_many_rows_give_the_same_bits_with_any_number_of_threads(optimizer, slots):
    spec = OptimizerSpec(method=optimizer)
    graph = Draft(150, slots=slots).dense(130).activation("relu").dense(10).graph(CLASSES, spec)
    random = np.random.default_rng(0)
    x = [random.normal(size=(300, 150)).astype(np.float32)]
    y = random.integers(0, 10, 300).astype(np.int32)
    order = np.tile(np.arange(300, dtype=np.int32), (3, 1))

    def after(threads: int) -> list[np.ndarray]:
        network = filled(native.Network, graph)
        network.threads = threads
        rates = np.full(3, 0.01, np.float32)
        network.train(x, y, None, order, rates, 0, 3, np.empty(3, np.float32))
        return stored(network, graph)

    alone = after(1)
    for threads in (2, 3):
        for one, other in zip(after(threads), alone, strict=True):
            assert_array_equal(one, other)


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_threads_that_the_system_refuses_are_done_without():
    graph = Draft(70).dense(70).dense(3).graph(CLASSES)
    expected, _ = trained(native.Network, graph)
    script = textwrap.dedent("""
        import resource
        from epochal.engine.native import _native as native
        from tests.engine.native.graphs import CLASSES, Draft, trained
        graph = Draft(70).dense(70).dense(3).graph(CLASSES)
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 2**28, -1))  # room for some tens of stacks
        print(trained(native.Network, graph, threads=1024)[0].tolist())
    """)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert_array_equal(np.array(json.loads(done.stdout), np.float32), expected)


def test_who_looks_while_it_trains_waits_for_the_end():
    steps, batch = 200, 32
    graph = every_kind()
    network = filled(native.Network, graph)
    random = np.random.default_rng(0)
    x = [random.normal(size=(batch, 150)).astype(np.float32)]
    y = random.integers(0, 10, batch).astype(np.int32)
    order = np.tile(np.arange(batch, dtype=np.int32), (steps, 1))
    before = stored(network, graph)[0]
    given = x, y, None, order, np.full(steps, 0.01, np.float32)

    def train() -> None:
        network.train(*given, 0, steps, np.empty(steps, np.float32))

    thread, seen = threading.Thread(target=train), []
    thread.start()
    while thread.is_alive():
        seen.append((network.iterations, stored(network, graph)[0]))
    thread.join()
    after = stored(network, graph)[0]
    assert not np.array_equal(before, after)
    for iterations, values in seen:
        assert iterations in (0, steps)
        assert np.array_equal(values, before) or np.array_equal(values, after)
