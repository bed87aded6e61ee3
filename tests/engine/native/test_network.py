"""The extension itself: threads, kinds of processors, masks, shapes, and what it refuses."""

import json
import subprocess
import sys
import textwrap
import threading
from dataclasses import asdict
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from epochal.engine.graph import Graph, LossSpec, OptimizerSpec
from epochal.engine.native.program import describe
from epochal.engine.xla import random
from tests.engine.native.chains import Draft, filled, stored, weights_of
from tests.engines import extension as native
from tests.tolerances import QUANTILES

pytestmark = pytest.mark.native

ROWS = 200
CLASSES = LossSpec(loss="sparse_categorical", link="softmax")


def trained(chain: Graph, *, batch: int = 32, steps: int = 6, **options: Any) -> Any:
    """The losses of some steps, and the network after them."""
    random = np.random.default_rng(3)
    x = [random.normal(size=(ROWS, width)).astype(np.float32) for width in chain.inputs]
    y = random.integers(0, chain.outputs, ROWS).astype(np.int32)
    order = random.integers(0, ROWS, (steps, batch)).astype(np.int32)
    network = filled(native.Network, chain, **options)
    losses = np.empty(steps, np.float32)
    network.train(x, y, None, order, np.full(steps, 0.01, np.float32), 0, steps, losses)
    return losses, network


def wide_net() -> Graph:
    """Enough arithmetic that a second thread is used, with every kind of layer."""
    draft = Draft(150, slots=(0, 0)).rescale().dropout(0.2).dense(300).batch_norm()
    draft.activation("relu").dropout(0.1, "gaussian_noise").rescale("standardise")
    draft.dense(200).activation("gelu").layer_norm().dropout(0.3).dense(100).activation("selu")
    draft.prelu().dropout(0.2, "alpha_dropout").dense(150).layer_norm("rms_norm")
    draft.of_rows("log_softmax").dropout(0.1, "gaussian_dropout").dense(80).of_rows("unit_norm")
    draft.dense(100).of_rows("softmax")
    return draft.dense(10).chain(CLASSES, OptimizerSpec(method="adam", beta1=0.9, beta2=0.999))


def branched_net() -> Graph:
    """Skip connections, products, concatenations and several inputs, on shared tensors."""
    draft = Draft(150, slots=(0, 0), more=(70, 33)).dense(200).activation("relu")
    trunk = draft.last
    draft.dense(200).layer_norm().activation("gelu").merge("add", trunk)
    middle = draft.last
    draft.at(-2, 70).dense(200).activation("sigmoid").merge("multiply", middle)
    draft.merge("concatenate", -3, middle, width=233).dense(90).activation("tanh")
    return draft.dense(10).chain(CLASSES, OptimizerSpec(method="adam", beta1=0.9, beta2=0.999))


def clipped_net() -> Graph:
    draft = Draft(300).dense(300).activation("tanh").dense(10)
    return draft.chain(CLASSES, OptimizerSpec(clip_global_norm=0.1))


@pytest.mark.parametrize("make", [wide_net, clipped_net, branched_net])
def test_any_number_of_threads_gives_the_same_bits(make):
    losses, alone = trained(make(), steps=60)
    for threads in (2, 3, 5, 0):
        others, network = trained(make(), threads=threads, steps=60)
        assert_array_equal(others, losses)
        for one, other in zip(stored(network, make()), stored(alone, make()), strict=True):
            assert_array_equal(one, other)


def test_stretches_are_the_whole():
    chain = wide_net()
    losses, network = trained(chain, steps=6)
    first, halves = trained(chain, steps=6)
    assert_array_equal(first, losses)
    assert halves.iterations == network.iterations == 6
    assert [list(seed) for seed in network.seeds] == [[n, 13] for n in range(1, 6)]


@pytest.mark.parametrize("kernels", ["avx512", "avx2", "baseline"])
def test_kinds_of_processors_agree(kernels):
    chain = wide_net()
    try:
        losses, network = trained(chain, kernels=kernels)
    except ValueError:
        pytest.skip(f"this processor has no {kernels}")
    assert network.kernels == kernels
    expected, _ = trained(chain)
    assert_allclose(losses, expected, rtol=2e-5)


@given(
    width=st.integers(1, 150),
    hidden=st.integers(1, 150),
    outputs=st.integers(1, 40),
    batch=st.integers(1, 100),
)
@settings(max_examples=40)
def test_products_of_all_shapes(width, hidden, outputs, batch):
    chain = Draft(width).dense(hidden).dense(outputs).chain()
    x = np.random.default_rng(0).normal(size=(ROWS, width)).astype(np.float32)
    order = np.arange(batch, dtype=np.int32)[None]
    predicted = np.zeros((batch, outputs), np.float32)
    filled(native.Network, chain).predict([x], order, 0, 1, predicted)
    w, b, v, c = weights_of(chain)
    assert_allclose(predicted, (x[:batch] @ w + b) @ v + c, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("rate", [0.05, 0.3])
def test_alpha_dropout_keeps_mean_and_variance(rate):
    # Targets of zero: the loss is the mean of the squares of what it leaves of standard normals.
    chain = Draft(400).dropout(rate, "alpha_dropout").dense(400, bias=False).chain()
    network = native.Network(describe(chain), 1)
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
    chain = Draft(width).dropout(rate).dense(width, bias=False).chain()
    network = native.Network(describe(chain), 1)
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
    chain = draft.chain(rule=OptimizerSpec(clip_global_norm=1e30))
    network = native.Network(describe(chain), 1)
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
    rule = OptimizerSpec(accumulation=1 + seed % 2, overwriting=3, average_momentum=0.9)
    description = describe(draft.chain(CLASSES, rule))
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
        x, y = [np.ones((4, 5), np.float32)] * (1 + seed % 2), np.zeros(4, np.int32)
        noted = np.empty((2, 3, 3), np.float32), np.empty(2, np.float32)
        network.train(x, y, None, order, np.ones(2, np.float32), 0, 2, losses, None, *noted)
    except (ValueError, TypeError, RuntimeError, OverflowError, KeyError):
        pass  # refused, in words
    else:
        assert losses.shape == (2,)


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_threads_that_the_system_refuses_are_done_without():
    chain = Draft(70).dense(70).dense(3).chain(CLASSES)
    expected, _ = trained(chain)
    script = textwrap.dedent("""
        import resource
        from tests.engine.native.test_network import CLASSES, Draft, trained
        chain = Draft(70).dense(70).dense(3).chain(CLASSES)
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 2**28, -1))  # room for some tens of stacks
        print(trained(chain, threads=1024)[0].tolist())
    """)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert_array_equal(np.array(json.loads(done.stdout), np.float32), expected)


def test_who_looks_while_it_trains_waits_for_the_end():
    steps, batch = 200, 32
    chain = wide_net()
    network = filled(native.Network, chain)
    random = np.random.default_rng(0)
    x = [random.normal(size=(batch, 150)).astype(np.float32)]
    y = random.integers(0, 10, batch).astype(np.int32)
    order = np.tile(np.arange(batch, dtype=np.int32), (steps, 1))
    before = stored(network, chain)[0]
    given = x, y, None, order, np.full(steps, 0.01, np.float32)

    def train() -> None:
        network.train(*given, 0, steps, np.empty(steps, np.float32))

    thread, seen = threading.Thread(target=train), []
    thread.start()
    while thread.is_alive():
        seen.append((network.iterations, stored(network, chain)[0]))
    thread.join()
    after = stored(network, chain)[0]
    assert not np.array_equal(before, after)
    for iterations, values in seen:
        assert iterations in (0, steps)
        assert np.array_equal(values, before) or np.array_equal(values, after)


def arguments(**changes: Any) -> tuple:
    given = {
        "x": [np.ones((4, 5), np.float32)],
        "y": np.zeros(4, np.int32),
        "weights": None,
        "order": np.zeros((2, 3), np.int32),
        "rates": np.ones(2, np.float32),
        "start": 0,
        "stop": 2,
        "losses": np.empty(2, np.float32),
    }
    return tuple((given | changes).values())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": [np.ones((4, 6), np.float32)]}, "do not fit the chain's input"),
        ({"x": [np.ones((4, 5), np.float32)] * 2}, "rows for each input of the chain"),
        ({"x": []}, "rows for each input of the chain"),
        ({"x": [np.ones((4, 5), np.int16)]}, "must be float32, float64, uint8 or int32"),
        ({"y": np.zeros(3, np.int32)}, "one label for each row"),
        ({"y": None}, "there must be targets"),
        ({"weights": np.ones(5, np.float32)}, "one weight for each row"),
        ({"order": np.full((2, 3), 4, np.int32)}, "a row that is not there"),
        ({"order": np.full((2, 3), -1, np.int32)}, "a row that is not there"),
        ({"stop": 3, "losses": np.empty(3, np.float32)}, "go beyond the order"),
        ({"rates": np.ones(1, np.float32)}, "a rate for each step"),
        ({"momenta": np.ones(1, np.float32)}, "a momentum for each step"),
        ({"losses": np.empty(1, np.float32)}, "room for each step's loss"),
        ({"start": -1, "losses": np.empty(3, np.float32)}, "must be a range"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changes, message):
    network = native.Network(describe(Draft(5).dense(3).chain(CLASSES)), 1)
    with pytest.raises(ValueError, match=message):
        network.train(*arguments(**changes))


def test_labels_beyond_the_classes_have_no_part_in_the_loss():
    network = native.Network(describe(Draft(5).dense(3).chain(CLASSES)), 1)
    losses = np.empty(2, np.float32)
    network.train(*arguments(y=np.array([99, -1, 3, 7], np.int32), losses=losses))
    assert_array_equal(losses, 0)


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
    chain = Draft(5, more=(7,)).dense(3).activation("tanh").merge("add", 0).dense(3).chain(CLASSES)
    description = describe(chain)
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
    description = describe(Draft(5).dense(3).chain(CLASSES))
    with pytest.raises(ValueError, match=message):
        native.Network(description | change, 1)


def test_a_chain_is_described_without_places():
    chain = wide_net()
    description = describe(chain)
    assert description["parameters"][0]["slots"] == 2
    assert description["method"] == "adam"
    assert asdict(chain.objective).items() <= description.items()
