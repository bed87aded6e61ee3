"""Samples of the native engine: threads, blocks and processors do not matter, and bad calls."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from epochal.engine.graph import Graph
from tests.engine.native.graphs import Draft, filled
from tests.engines import extension as native
from tests.tolerances import FLOAT32_REDUCTION

pytestmark = pytest.mark.native
ROWS, SAMPLES = 37, 21
KEYS = [[1234567, 89], [2**32 - 3, 2**32 - 5]]


def dropped_first(rate: float = 0.3) -> Graph:
    return Draft(75).dropout(rate).dense(130).activation("tanh").dropout(0.5).dense(6).graph()


def dropped_later() -> Graph:
    draft = Draft(75).dense(50).batch_norm().dropout(0.4, "alpha_dropout").layer_norm()
    return draft.dropout(0.4, "gaussian_dropout").dense(6).graph()


def rows() -> np.ndarray:
    x = np.random.default_rng(0).normal(size=(ROWS, 75)).astype(np.float32)
    return np.where(x > 0, x, 0)  # zeros, as in images


def drawn(network, x: np.ndarray, first: int = 0, dtype: type = np.float32) -> np.ndarray:
    outputs: np.ndarray = np.empty((SAMPLES, len(x), 6), dtype)
    network.sample([x], first, SAMPLES, KEYS, outputs)
    return outputs


every_chain = pytest.mark.parametrize(
    "make", [dropped_first, lambda: dropped_first(0.8), dropped_later]
)


@every_chain
def test_any_number_of_threads_and_any_blocks_give_the_same_bits(make) -> None:
    whole = drawn(filled(native.Network, make(), threads=1), rows())
    for threads in (2, 3, 0):
        network = filled(native.Network, make(), threads=threads)
        assert_array_equal(drawn(network, rows()), whole)
        assert_array_equal(drawn(network, rows()[20:], first=20), whole[:, 20:])


@every_chain
@pytest.mark.parametrize("kernels", ["avx512", "avx2", "baseline"])
def test_kinds_of_processors_agree(make, kernels: str) -> None:
    try:
        network = filled(native.Network, make(), kernels=kernels)
    except ValueError:
        pytest.skip(f"this processor has no {kernels}")
    exact = drawn(filled(native.Network64, make()), rows(), dtype=np.float64)
    assert_allclose(drawn(network, rows()), exact, **FLOAT32_REDUCTION)


def test_without_a_random_layer_every_sample_is_the_prediction() -> None:
    graph = Draft(75).dense(130).activation("gelu").rescale().dense(6).graph()
    network = filled(native.Network, graph)
    samples, predicted = np.empty((3, ROWS, 6), np.float32), np.empty((1, ROWS, 6), np.float32)
    network.sample([rows()], 0, 3, [], samples)
    network.predict([rows()], np.arange(ROWS, dtype=np.int32)[None], 0, 1, predicted)
    assert_array_equal(samples, np.repeat(predicted, 3, axis=0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"samples": 0}, "room for the outputs of each sample"),
        # 2**62 samples of 37 rows: a number that would wrap around.
        ({"samples": 2**62}, "room for the outputs of each sample"),
        ({"outputs": np.empty((2, 3, 6), np.float32)}, "room for the outputs of each sample"),
        ({"keys": KEYS[:1]}, "a key for each dropout"),
        ({"x": [np.ones((ROWS, 74), np.float32)]}, "do not fit the graph's input"),
    ],
)
def test_calls_that_do_not_fit_are_refused(change, message: str) -> None:
    given = {
        "x": [rows()],
        "first": 0,
        "samples": 3,
        "keys": KEYS,
        "outputs": np.empty((3, ROWS, 6), np.float32),
    }
    with pytest.raises(ValueError, match=message):
        filled(native.Network, dropped_first()).sample(**(given | change))
