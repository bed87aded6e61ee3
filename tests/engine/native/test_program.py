"""States go into a network and come out of it: one program runs any of them, in any order."""

from typing import Any

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from epochal.bridge.state import read_state, write_state
from epochal.engine import native
from epochal.engine.graph import Graph
from epochal.engine.native.held import Held, Program
from epochal.engine.protocol import Block, State, StepRates
from epochal.lowering.model import lower_model

pytestmark = pytest.mark.native

X = np.random.default_rng(0).normal(size=(32, 4)).astype(np.float32)
STEPS = 4
BLOCK = Block(
    data=(X, X[:, :1], None), order=np.arange(32, dtype=np.int32).reshape(STEPS, 8), steps=STEPS
)
RATES = StepRates(np.full(STEPS, 0.01, np.float32))


def graph_with_model(seed: int) -> tuple[Graph, keras.Model]:
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(1)]
    )
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    graph = lower_model(model, "train")
    assert isinstance(graph, Graph), graph
    return graph, model


def graph_with_state(seed: int) -> tuple[Graph, State]:
    graph, model = graph_with_model(seed)
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


class Counting:
    """A network that says how many arrays were put into it."""

    def __init__(self, network: Any) -> None:
        self._network, self.loads = network, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)

    def __setattr__(self, name: str, value: Any) -> None:
        mine = name in ("_network", "loads")
        object.__setattr__(self if mine else self._network, name, value)

    def load(self, *arguments: Any) -> None:
        self.loads += 1
        self._network.load(*arguments)


def test_what_was_written_into_the_model_is_not_put_into_the_network_again():
    graph, model = graph_with_model(1)
    network = Counting(native.ENGINE.prepare(graph).network)
    program = Program(graph, network, Held(network, graph))

    def trained(program: Program, state: State) -> State:
        return native.ENGINE.run_steps(program, state, BLOCK, RATES, 0, STEPS)[0]

    write_state(model, trained(program, read_state(model)))
    assert network.loads == 4 * 3  # each weight with its two moments
    state = read_state(model)
    again = trained(program, state)
    assert network.loads == 4 * 3
    # The numbers are those of a network that was given all of it.
    other = trained(native.ENGINE.prepare(graph), state)
    for one, two in zip(arrays_of(again), arrays_of(other), strict=True):
        assert_array_equal(one, two)
    write_state(model, again)
    kernel, bias = model.layers[0].get_weights()
    model.layers[0].set_weights([kernel + 1, bias])
    changed = read_state(model)
    assert_array_equal(
        trained(program, changed).trainable[0],
        trained(native.ENGINE.prepare(graph), changed).trainable[0],
    )
