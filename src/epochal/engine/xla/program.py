"""The `xla` engine: a stretch of an epoch as one compiled loop over the model's own steps.

One program serves every length: its loop runs from a first to a last step that are arguments.
So an epoch, a piece of it between two progress updates, and a single batch between two callbacks
are the same program, compiled once.
"""

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from epochal.engine.forked import check_can_compute
from epochal.engine.protocol import Block, Logs, Record, State, StepRates, Steps, Tree, Work
from epochal.engine.xla.executables import EXECUTABLES, compiler_options
from epochal.engine.xla.flushing import flushed
from epochal.engine.xla.looping import for_loop
from epochal.engine.xla.sampling import sampler

PREDICTED_AT_ONCE = 1024  # rows of a predictor's step; more at once are no faster

__all__ = [
    "any_length",
    "copy_state",
    "evaluate",
    "name",
    "place",
    "predict",
    "predictor",
    "prepare",
    "run_steps",
    "sampler",
    "seconds_compiling",
    "spare_state",
]

name = "xla"
any_length = False


@dataclass(frozen=True)
class Program:
    """A model's steps, and its compiled loops as far as they have been needed."""

    steps: Steps


def prepare(steps: Steps, works: Sequence[Work] = (), share: int = 1) -> Program:
    """The program of `steps`, with the loops for `works` compiled, several at a time.

    How many programs `share` the machine is XLA's own affair.
    """
    check_can_compute("the engine 'xla'")
    program = Program(steps)
    missing = {key: work for work in works if EXECUTABLES.get(key := _key(program, work)) is None}
    if missing:
        with EXECUTABLES.lock:  # tracing swaps parts of Keras, so one at a time
            start = perf_counter()
            lowered = {key: _lower(program, work) for key, work in missing.items()}
            with ThreadPoolExecutor(len(lowered)) as pool:
                compiled = pool.map(lambda each: each.compile(compiler_options()), lowered.values())
                for key, executable in zip(lowered, compiled, strict=True):
                    EXECUTABLES.put(key, executable)
            EXECUTABLES.seconds += perf_counter() - start
    return program


def run_steps(
    program: Program, state: State, block: Block, rates: StepRates, start: int, stop: int
) -> tuple[State, Record]:
    """Train on the batches ``start`` to ``stop`` of `block` at `rates`, one a batch.

    The arrays of `state` are consumed (donated); the returned state takes their place.
    """
    loop = _executable(program, Work("train", state, block))
    state, measured, logs = loop(state, block.data, block.order, rates, *_span(start, stop))
    series = {name: np.asarray(values)[start:stop] for name, values in measured.items()}
    return state, Record(series.pop("loss"), logs, series)


def evaluate(program: Program, state: State, block: Block, start: int, stop: int) -> tuple:
    """Test on the batches ``start`` to ``stop``: the state with its metrics, and their results."""
    loop = _executable(program, Work("test", state, block))
    changing, logs = loop(state, block.data, block.order, *_span(start, stop))
    return state._replace(non_trainable=changing[0], metrics=changing[1]), logs


def predict(program: Program, state: State, block: Block, start: int, stop: int) -> tuple:
    """The outputs (capacity, batch size, ...) of those batches, zeros elsewhere, and the state."""
    loop = _executable(program, Work("predict", state, block))
    outputs, non_trainable = loop(state, block.data, block.order, *_span(start, stop))
    return outputs, state._replace(non_trainable=non_trainable)


def predictor(program: Program, state: State) -> Callable[[Tree], Tree]:
    """A function of rows (rows, ...) to their outputs, with the weights of `state` for good.

    Rows are filled up to a power of two: so a few programs serve every number of them.
    """
    state = copy_state(state)

    def outputs_of(rows: Tree) -> Tree:
        count = len(jax.tree.leaves(rows)[0])
        size = 1 << max(count - 1, 0).bit_length()
        padded = jax.tree.map(
            lambda leaf: np.pad(leaf, [(0, size - count), *[(0, 0)] * (np.ndim(leaf) - 1)]), rows
        )
        batch = min(size, PREDICTED_AT_ONCE)
        order = np.arange(size, dtype=np.int32).reshape(-1, batch)
        data, order = place((padded,)), jax.device_put(order)
        block = Block(data=data, order=order, steps=len(order))
        outputs, _ = predict(program, state, block, 0, len(order))
        return jax.tree.map(
            lambda leaf: np.asarray(leaf).reshape(-1, *leaf.shape[2:])[:count], outputs
        )

    return outputs_of


def copy_state(state: State) -> State:
    """A copy that survives the donation of `state`."""
    copy: State = jax.tree.map(jnp.copy, state)
    return copy


def spare_state(state: State) -> State:
    """A copy for when a failure comes after the donation of `state`, in the host's memory.

    That of an accelerator has other uses: a copy there would make the failures that it is for.
    """
    if jax.default_backend() != "cpu":
        fetched: State = jax.device_get(state)
        return fetched
    # Nothing to compile, unlike `copy_state`; and a NumPy array would hold on to what is donated.
    placed: State = jax.block_until_ready(jax.device_put(state, may_alias=False))
    return placed


def place(data: Tree) -> Tree:
    """`data` on the device; on a CPU that takes no copy of an array that begins where XLA asks."""
    return jax.device_put(jax.tree.map(flushed, data))


def seconds_compiling() -> float:
    """Seconds spent on compilation so far, in this process."""
    return EXECUTABLES.seconds


def _span(start: int, stop: int) -> tuple[np.int32, np.int32]:
    return np.int32(start), np.int32(stop)


def _executable(program: Program, work: Work) -> Any:
    key = _key(program, work)
    executable = EXECUTABLES.get(key)
    if executable is None:
        prepare(program.steps, [work])
        executable = EXECUTABLES.get(key)
    return executable


def _key(program: Program, work: Work) -> Hashable:
    leaves, structure = jax.tree.flatten((work.state, work.block.data, work.block.order))
    shapes = tuple((leaf.shape, str(leaf.dtype), _shared_as(leaf)) for leaf in leaves)
    return work.kind, program.steps.key, structure, shapes


def _lower(program: Program, work: Work) -> Any:
    EXECUTABLES.traced += 1
    state, block = work.state, work.block
    span = (jax.ShapeDtypeStruct((), np.int32),) * 2
    data, order = jax.tree.map(_shape_of, (block.data, block.order))
    state = jax.tree.map(_shape_of, state)
    if work.kind == "train":
        rate = jax.ShapeDtypeStruct(order.shape[:1], np.float32)
        rates = StepRates(rate, rate if program.steps.cycles_momentum else None)
        left = (_shared(state), None, None)
        loop = jax.jit(_training_loop(program.steps), donate_argnums=0, out_shardings=left)
        return loop.lower(state, data, order, rates, *span)
    if work.kind == "test":
        tested = (_shared(state.non_trainable), _shared(state.metrics))
        loop = jax.jit(_testing_loop(program.steps), out_shardings=(tested, None))
    else:
        changed = _shared(state.non_trainable)
        loop = jax.jit(_prediction_loop(program.steps), out_shardings=(None, changed))
    return loop.lower(state, data, order, *span)


def _shape_of(array: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(array.shape, array.dtype, sharding=_shared_as(array))


def _shared_as(array: Any) -> jax.sharding.Sharding | None:
    """How an array lies on several devices; None on one, or where that is left to XLA."""
    sharding = getattr(array, "sharding", None)
    return sharding if sharding is not None and len(sharding.device_set) > 1 else None


def _shared(arrays: Tree) -> Tree:
    """How a loop must leave arrays; None, which asks for nothing, where all lie on one device."""
    found = jax.tree.map(_shared_as, arrays)
    return found if jax.tree.leaves(found) else None


def _batch(data: Tree, rows: jax.Array) -> Tree:
    return jax.tree.map(lambda leaf: leaf.at[rows].get(mode="promise_in_bounds"), data)


def _zeros_like(shapes: Tree) -> Tree:
    return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)


def _training_loop(steps: Steps) -> Callable:
    def loop(
        state: State, data: Tree, order: Any, rates: StepRates, start: Any, stop: Any
    ) -> tuple:
        def at(step: Any) -> StepRates:
            found: StepRates = jax.tree.map(lambda leaf: leaf[step], rates)
            return found

        def body(step: Any, carry: tuple) -> tuple:
            state, series, _ = carry
            state, measured, logs = train(state, _batch(data, order[step]), at(step))
            series = {
                name: series[name].at[step].set(value.astype(jnp.float32))
                for name, value in measured.items()
            }
            return state, series, logs

        train, shapes = for_loop(steps.train, state, _batch(data, order[0]), at(0))
        _, measured, logs = shapes
        series = {name: jnp.zeros(order.shape[:1], jnp.float32) for name in measured}
        carry = (state, series, _zeros_like(logs))
        state, series, logs = lax.fori_loop(start, stop, body, carry)
        return state, series, steps.result(state, logs)

    return loop


def _testing_loop(steps: Steps) -> Callable:
    def loop(state: State, data: Tree, order: Any, start: Any, stop: Any) -> tuple[tuple, Logs]:
        def test(changing: tuple, rows: Any) -> tuple[tuple, Logs]:
            after, logs = steps.test(with_(changing), _batch(data, rows))
            return (after.non_trainable, after.metrics), logs

        def with_(changing: tuple) -> State:
            return state._replace(non_trainable=changing[0], metrics=changing[1])

        changing = (state.non_trainable, state.metrics)
        tested, (_, logs) = for_loop(test, changing, order[0])
        changing, logs = lax.fori_loop(
            start,
            stop,
            lambda step, carry: tested(carry[0], order[step]),
            (changing, _zeros_like(logs)),
        )
        return changing, steps.result(with_(changing), logs)

    return loop


def _prediction_loop(steps: Steps) -> Callable:
    def loop(state: State, data: Tree, order: Any, start: Any, stop: Any) -> tuple[Tree, list]:
        def predict(non_trainable: list, rows: Any) -> tuple[Tree, list]:
            before = state._replace(non_trainable=non_trainable)
            outputs, after = steps.predict(before, _batch(data, rows))
            return outputs, after.non_trainable

        def body(step: Any, carry: tuple) -> tuple:
            outputs, non_trainable = carry
            batch, non_trainable = predicted(non_trainable, order[step])
            outputs = jax.tree.map(lambda all, one: all.at[step].set(one), outputs, batch)
            return outputs, non_trainable

        predicted, (shapes, _) = for_loop(predict, state.non_trainable, order[0])
        outputs = jax.tree.map(
            lambda leaf: jnp.zeros((order.shape[0], *leaf.shape), leaf.dtype), shapes
        )
        finished: tuple[Any, list[Any]] = lax.fori_loop(
            start, stop, body, (outputs, state.non_trainable)
        )
        return finished

    return loop
