"""The `native` engine: the state goes into a network of C++, steps run, and it comes out again."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from threading import Lock
from typing import Any

import numpy as np

from epochal.engine.device import cores
from epochal.engine.graph import Graph, HostMetric, LossSpec, Metric, Operation
from epochal.engine.native.arrays import arrays_of, order_of
from epochal.engine.native.held import Held, HeldArray, Program
from epochal.engine.native.metrics import measure, room_for_predictions
from epochal.engine.protocol import Block, Logs, Record, Sampler, State, StepRates, Tree, Work
from epochal.engine.xla.random import first_keys

try:
    from epochal.engine.native._native import Network
except ImportError:  # installed where there was no compiler
    Network = None  # type: ignore[assignment,misc]

name = "native"
any_length = True
AVAILABLE = Network is not None

DRAWN_AT_ONCE = 256  # rows of a predictor that draws: by their places in a batch, which stays whole


def prepare(chain: Graph, works: Sequence[Work] = (), share: int = 1) -> Program:
    """The program of `chain`. There is nothing to compile, whatever the `works`.

    `share` programs are going to run at once: each has its part of the cores.
    """
    network = Network(describe(chain), max(1, cores() // share))
    return Program(chain, network, Held(network, chain))


def run_steps(
    program: Program, state: State, block: Block, rates: StepRates, start: int, stop: int
) -> tuple[State, Record]:
    """Train on the batches ``start`` to ``stop`` of `block` at `rates`, one a batch."""
    chain, network = program.chain, program.network
    load(program, state, with_slots=True)
    x, y, weights = arrays_of(chain, block.data)
    losses = np.empty(stop - start, np.float32)
    predictions = room_for_predictions(chain, block, stop - start)
    tracked = {name: np.empty(stop - start, np.float32) for name in chain.tracked}
    norms = tracked.get("gradient_norm")
    network.train(
        x,
        y,
        weights,
        order_of(block),
        rates.learning_rate,
        start,
        stop,
        losses,
        rates.momentum,
        predictions,
        norms,
    )
    state = _trained(program, state)
    measure(chain, state.metrics, block, predictions, start)
    return state, Record(losses, _logs(chain, state.metrics), tracked)


def evaluate(program: Program, state: State, block: Block, start: int, stop: int) -> tuple:
    """Test on the batches ``start`` to ``stop``: the state with its metrics, and their results."""
    load(program, state, with_slots=False)
    chain = program.chain
    x, y, weights = arrays_of(chain, block.data)
    predictions = room_for_predictions(chain, block, stop - start)
    program.network.evaluate(x, y, weights, order_of(block), start, stop, predictions)
    metrics = list(state.metrics)
    _store_totals(program, metrics)
    measure(chain, metrics, block, predictions, start)
    state = state._replace(metrics=metrics, non_trainable=_with_seeds(program, state.non_trainable))
    return state, _logs(chain, metrics)


def predict(program: Program, state: State, block: Block, start: int, stop: int) -> tuple:
    """The outputs (capacity, batch size, ...) of those batches, zeros elsewhere, and the state."""
    chain = program.chain
    load(program, state, with_slots=False)
    order = order_of(block)
    outputs = np.zeros((*order.shape, chain.outputs), np.float32)
    x, _, _ = arrays_of(chain, block.data)
    program.network.predict(x, order, start, stop, outputs)
    state = state._replace(non_trainable=_with_seeds(program, state.non_trainable))
    return outputs.reshape(*order.shape, *chain.output_shape), state


def predictor(program: Program, state: State) -> Callable[[Tree], np.ndarray]:
    """A function of rows (rows, ...) to their outputs, with the weights of `state` for good."""
    chain, network = program.chain, program.network
    load(program, state, with_slots=False)
    # Where predictions draw, they draw the same at every call: one call at a time.
    random = any(operation.always for operation in chain.operations)
    seeds, turn = network.seeds, Lock() if random else nullcontext()

    def outputs_of(rows: Tree) -> np.ndarray:
        x, _, _ = arrays_of(chain, (rows,))
        count = len(x[0])
        outputs = np.empty((count, chain.outputs), np.float32)
        at_once = DRAWN_AT_ONCE if random else max(1, count)
        with turn:
            if random:
                network.seeds = seeds
            for first in range(0, count, at_once):
                order = np.arange(first, min(first + at_once, count), dtype=np.int32)
                network.predict(x, order[np.newaxis], 0, 1, outputs[first:])
        return outputs.reshape(-1, *chain.output_shape)

    return outputs_of


def sampler(chain: Graph, state: State, rows: Tree, samples: int) -> Sampler:
    """What draws `samples` outputs of rows, with every dropout drawing.

    The keys of the draws are those of the engine `xla`: a row adds its number to the first word, a
    sample its own to the second. Blocks may have any number of rows.
    """
    program = prepare(chain)
    load(program, state, with_slots=False)

    def sample(seed: int, x: Tree, first: int) -> np.ndarray:
        arrays, _, _ = arrays_of(chain, (x,))
        count = len(arrays[0])
        outputs = np.empty((samples, count, chain.outputs), np.float32)
        keys = first_keys(seed, len(chain.seeds)).tolist()
        program.network.sample(arrays, first, samples, keys, outputs)
        return outputs.reshape(samples, count, *chain.output_shape)

    return Sampler(sample=sample, draws=len(chain.seeds))


def copy_state(state: State) -> State:
    """`state`, read out of the network that holds it: a run leaves other arrays as they are."""
    return State(*([_read(array) for array in group] for group in state))


def _read(array: Any) -> Any:
    return array.read() if isinstance(array, HeldArray) else array


def spare_state(state: State) -> None:
    """None: what fails does so before its first step, and leaves what the network holds."""


def place(data: Tree) -> Tree:
    """`data` itself: this engine reads the caller's own arrays."""
    return data


def seconds_compiling() -> float:
    """There is nothing to compile."""
    return 0.0


def kernels_in_use() -> str | None:
    """The name of the kernels that this processor runs, such as "avx2"; None without the engine."""
    if not AVAILABLE:
        return None
    nothing = Graph(
        inputs=(1,),
        outputs=1,
        output_shape=(1,),
        parameters=(),
        operations=(Operation(kind="activation", activation="relu"),),
    )
    return str(prepare(nothing).network.kernels)


def describe(chain: Graph) -> dict[str, Any]:
    """`chain` as the extension reads it: numbers and names, without places in the state.

    `vars`, as `asdict` copies every number: with dozens of layers that takes milliseconds, and an
    evaluation of a hundred images not many more.
    """
    counted = [metric for metric in chain.counted if metric.measure != "loss"]
    return {
        "inputs": list(chain.inputs),
        "parameters": [
            vars(parameter) | {"slots": len(parameter.slots)} for parameter in chain.parameters
        ],
        "operations": [
            vars(each)
            | {"parameters": list(each.parameters), "window": each.window and vars(each.window)}
            for each in chain.operations
        ],
        "seeds": len(chain.seeds),
        "metrics": [_with_likelihood(metric) for metric in counted],
        **_with_likelihood(chain.loss),
        **vars(chain.optimizer),
    }


def _with_likelihood(spec: LossSpec | Metric) -> dict[str, Any]:
    likelihood = spec.likelihood and dict(vars(spec.likelihood))
    return vars(spec) | {"likelihood": likelihood}


def load(program: Program, state: State, *, with_slots: bool) -> None:
    """Put `state` into the network, the optimiser's variables only `with_slots`."""
    chain, network = program.chain, program.network
    program.held.load(state, with_slots=with_slots)
    network.seeds = [np.asarray(state.non_trainable[at]).tolist() for at in chain.seeds]
    if with_slots:
        network.iterations = int(np.asarray(state.optimizer[chain.optimizer.iterations]))
        if chain.optimizer.u_product >= 0:
            network.u_product = float(np.asarray(state.optimizer[chain.optimizer.u_product]))
    if state.metrics:
        network.totals = [
            [float(state.metrics[metric.at]), float(state.metrics[metric.at + 1])]
            for metric in chain.counted
        ]


def _trained(program: Program, before: State) -> State:
    """The state that takes the place of `before`."""
    chain, network = program.chain, program.network
    after = program.held.state(before)
    after = after._replace(non_trainable=_with_seeds(program, after.non_trainable))
    optimizer = chain.optimizer
    dtype = before.optimizer[optimizer.iterations].dtype
    after.optimizer[optimizer.iterations] = np.asarray(network.iterations, dtype)
    if optimizer.u_product >= 0:
        after.optimizer[optimizer.u_product] = np.asarray(network.u_product, np.float32)
    _store_totals(program, after.metrics)
    return after


def _with_seeds(program: Program, values: list) -> list:
    """`values` of the state with the seeds that the network has come to."""
    seeds = zip(program.chain.seeds, program.network.seeds, strict=True)
    come_to = {at: np.asarray(words, np.uint32) for at, words in seeds}
    return [come_to.get(at, value) for at, value in enumerate(values)]


def _store_totals(program: Program, metrics: list) -> None:
    for metric, (total, count) in zip(program.chain.counted, program.network.totals, strict=True):
        metrics[metric.at] = np.asarray(total, np.float32)
        metrics[metric.at + 1] = np.asarray(count, np.float32)


def _logs(chain: Graph, metrics: list) -> Logs:
    """Means of what was counted, zero where nothing was, and what was measured."""
    logs: Logs = {}
    for metric in chain.metrics:
        if isinstance(metric, HostMetric):
            logs |= metric.result([metrics[at] for at in metric.at])
            continue
        total, count = np.float32(metrics[metric.at]), np.float32(metrics[metric.at + 1])
        logs[metric.name] = total / count if count else np.float32(0)
    return logs
