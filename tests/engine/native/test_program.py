"""States go into a network and come out of it: one program runs any of them, in any order."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from epochal.bridge.state import read_state
from epochal.engine import native
from epochal.engine.graph import Graph
from epochal.engine.protocol import Block, State, StepRates
from epochal.lowering.model import lower_model

pytestmark = pytest.mark.native

X = np.random.default_rng(0).normal(size=(32, 4)).astype(np.float32)
STEPS = 4
BLOCK = Block(
    data=(X, X[:, :1], None), order=np.arange(32, dtype=np.int32).reshape(STEPS, 8), steps=STEPS
)
RATES = StepRates(np.full(STEPS, 0.01, np.float32))


def graph_with_state(seed: int) -> tuple[Graph, State]:
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(1)]
    )
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    graph = lower_model(model, "train")
    assert isinstance(graph, Graph), graph
    return graph, read_state(model)


def arrays_of(state: State) -> list[np.ndarray]:
    return [np.asarray(each) for group in state for each in group]


def test_a_step_at_a_time_comes_to_the_same_bits():
    graph, state = graph_with_state(1)
    program = native.ENGINE.prepare(graph)
    whole, _ = native.ENGINE.run_steps(program, state, BLOCK, RATES, 0, STEPS)
    for step in range(STEPS):
        state, _ = native.ENGINE.run_steps(program, state, BLOCK, RATES, step, step + 1)
    for one, other in zip(arrays_of(state), arrays_of(whole), strict=True):
        assert_array_equal(one, other)


def test_states_take_turns_in_one_program():
    """What the network still holds of one is not taken for another's, nor for an earlier one."""
    (graph, first), (_, second) = graph_with_state(1), graph_with_state(2)
    program = native.ENGINE.prepare(graph)

    def trained(state):
        return native.ENGINE.run_steps(program, state, BLOCK, RATES, 0, STEPS)[0]

    alone = [arrays_of(trained(trained(state))) for state in (first, second)]
    halfway = [trained(first), trained(second)]
    trained(halfway[1])  # which is then asked for again
    native.ENGINE.evaluate(program, first, BLOCK, 0, STEPS)
    for state, expected in zip(halfway, alone, strict=True):
        for one, other in zip(arrays_of(trained(state)), expected, strict=True):
            assert_array_equal(one, other)
