"""Updates from moments of every size, on each instruction set."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from epochal.engine.graph import LossSpec, OptimizerSpec
from epochal.engine.native.program import describe
from tests.engine.native.graphs import Draft, kernels_of_this_processor
from tests.engines import extension as native

pytestmark = pytest.mark.native

MOMENTS = np.array(
    [0, 2e-38, 1e-30, 1e-14, 5e-7, 1e-3, 1, 7, 123.4, 1e20, 1e37, 3e38, np.inf, np.nan], np.float32
)


def changes(table: str, slots: int, optimizer: OptimizerSpec) -> np.ndarray:
    """What one step takes from weights whose last slot holds `MOMENTS`."""
    count = len(MOMENTS)
    graph = Draft(1, slots=(0,) * slots).dense(count, bias=False).graph(LossSpec(), optimizer)
    network = native.Network(describe(graph), 1, table)
    weights = np.ones((1, count), np.float32)
    network.load(0, -1, weights)
    network.load(0, min(slots, 2) - 1 if optimizer.method != "rmsprop" else 0, MOMENTS[None])
    x, y = np.ones((1, 1), np.float32), np.zeros((1, count), np.float32)
    order, rates = np.zeros((1, 1), np.int32), np.ones(1, np.float32)
    network.train([x], y, None, order, rates, 0, 1, np.empty(1, np.float32))
    after = np.empty_like(weights)
    network.store(0, -1, after)
    return weights - after


@pytest.mark.parametrize("table", kernels_of_this_processor())
@pytest.mark.parametrize(
    ("slots", "optimizer"),
    [
        (2, OptimizerSpec(method="adam", beta1=0.9, beta2=0.999)),
        (3, OptimizerSpec(method="adam", beta1=0.9, beta2=0.999, amsgrad=True)),
        (2, OptimizerSpec(method="nadam", beta1=0.9, beta2=0.999)),
        (2, OptimizerSpec(method="adamax", beta1=0.9, beta2=0.999)),
        (3, OptimizerSpec(method="rmsprop", beta1=0.9)),
        (1, OptimizerSpec(method="adagrad")),
    ],
    ids=["adam", "amsgrad", "nadam", "adamax", "rmsprop", "adagrad"],
)
def test_roots_of_every_size(table, slots, optimizer):
    exact = changes("baseline", slots, optimizer)  # divides and takes roots as IEEE 754 says
    assert_allclose(changes(table, slots, optimizer), exact, rtol=1e-6, atol=1e-6)
