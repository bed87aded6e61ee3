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
    halfway = [trained(first), native.ENGINE.copy_state(trained(second))]
    trained(halfway[1])  # which is then asked for again
    native.ENGINE.evaluate(program, first, BLOCK, 0, STEPS)
    for state, expected in zip(halfway, alone, strict=True):
        for one, other in zip(arrays_of(trained(state)), expected, strict=True):
            assert_array_equal(one, other)


def test_a_state_that_was_trained_on_says_that_it_is_gone():
    """As on `xla`: what a run has consumed is an error, not numbers of another moment."""
    graph, first = graph_with_state(1)
    program = native.ENGINE.prepare(graph)
    state, _ = native.ENGINE.run_steps(program, first, BLOCK, RATES, 0, 1)
    copy, looked_at = native.ENGINE.copy_state(state), np.array(state.trainable[0])
    native.ENGINE.run_steps(program, state, BLOCK, RATES, 1, STEPS)
    assert_array_equal(copy.trainable[0], looked_at)
    assert_array_equal(state.trainable[0], looked_at)

    lost, _ = native.ENGINE.run_steps(program, copy, BLOCK, RATES, 0, 1)
    native.ENGINE.run_steps(program, lost, BLOCK, RATES, 1, STEPS)
    with pytest.raises(RuntimeError, match="after it had been consumed"):
        np.asarray(lost.trainable[0])


def test_a_run_that_is_refused_leaves_the_state_as_it_is():
    graph, first = graph_with_state(1)
    program = native.ENGINE.prepare(graph)
    state, _ = native.ENGINE.run_steps(program, first, BLOCK, RATES, 0, STEPS)
    beyond = Block(data=BLOCK.data, order=np.full((1, 8), 32, np.int32), steps=1)
    with pytest.raises(ValueError, match="names a row that is not there"):
        native.ENGINE.run_steps(program, state, beyond, RATES, 0, 1)
    again, _ = native.ENGINE.run_steps(
        native.ENGINE.prepare(graph), graph_with_state(1)[1], BLOCK, RATES, 0, STEPS
    )
    for one, other in zip(arrays_of(state), arrays_of(again), strict=True):
        assert_array_equal(one, other)
