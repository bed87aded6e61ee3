"""Which engine runs a model, and the sentence that says why."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import keras
import numpy as np

from epochal.bridge.distribution import is_distributed
from epochal.bridge.steps import StepOptions, model_steps, stochastic_outputs
from epochal.engine import Block, Engine, native, xla
from epochal.engine.graph import Graph
from epochal.errors import InputError
from epochal.lowering.model import PREDICTIONS, lower_model
from epochal.training.kept_programs import limit_programs

NOT_BUILT = "epochal was installed where no C++ compiler was found"
# From batches of this many rows on XLA trains dense layers faster on a CPU: it shares rows, not
# columns, between the cores (docs/benchmarks.md, "Growth"). Where a layer has more weights than
# the caches of a core hold, it does so from fewer rows on. Native shares the rows of images too,
# and is several times as fast with convolutions and recurrences, whatever the batch.
LARGE_BATCH = 4096
LARGE_BATCH_OF_WIDE_LAYERS = 256
WIDE_LAYER = 2**19
RECURRENT = ("lstm", "gru", "simple_rnn")


class Choice(NamedTuple):
    """An engine, what it is given to prepare, and why it was chosen."""

    engine: Engine[Any, Any]
    description: Any
    reason: str


def choose(
    asked: str,
    model: keras.Model,
    purpose: str,
    shapes: Sequence[Sequence[Block]],
    options: StepOptions | None = None,
) -> Choice:
    """The engine for `purpose` ("train", "test", "predict" or "sample").

    `shapes` are the blocks of each feed, the one that is trained on first.

    With "auto", `native` where it can run the model, on the CPU, and does not train dense layers
    alone on batches of thousands of rows, or wide ones on batches of hundreds; otherwise `xla`,
    which runs any model.

    Raises
    ------
    InputError
        Where "native" is asked for and cannot be had.
    """
    limit_programs()
    if asked == "xla":
        return Choice(xla.ENGINE, _for_xla(model, purpose, options), "asked for")
    graph = _graph_or_reason(model, purpose, shapes, options.tracked if options else ())
    if asked == "native":
        if isinstance(graph, str):
            raise InputError(
                f"engine='native' cannot run this, because {graph}: use engine='auto' or 'xla'."
            )
        return Choice(native.ENGINE, graph, "asked for")
    if purpose == "train" and not isinstance(graph, str):
        graph = _suits_xla(graph, shapes) or graph
    if not isinstance(graph, str):
        return Choice(native.ENGINE, graph, "native runs every layer of the model, on the CPU")
    reason = f"xla runs any Keras model; not native, because {graph}"
    return Choice(xla.ENGINE, _for_xla(model, purpose, options), reason)


def check_block(graph: Graph, purpose: str, block: Block) -> None:
    """Refuse data that `native`, which was chosen by the first batch, does not know."""
    wrong = _misfit(graph, block, purpose)
    if wrong is not None:
        raise InputError(
            "every batch of x must be like the first one on engine='native', got one of which "
            f"{wrong}: make them alike, or use engine='xla'."
        )


def native_available() -> bool:
    """Whether the engine `native` was built when epochal was installed."""
    return native.AVAILABLE


def _for_xla(model: keras.Model, purpose: str, options: StepOptions | None) -> Any:
    return stochastic_outputs(model) if purpose == "sample" else model_steps(model, options)


def _suits_xla(graph: Graph, shapes: Sequence[Sequence[Block]]) -> str | None:
    """Why xla trains it faster, where it does."""
    rows = _largest_batch(shapes)
    if any(each.window is not None or each.kind in RECURRENT for each in graph.operations):
        return None
    if rows >= LARGE_BATCH:
        return f"xla is faster from batches of {LARGE_BATCH:,} rows on"
    widest = max((each.rows * each.columns for each in graph.parameters), default=0)
    if rows >= LARGE_BATCH_OF_WIDE_LAYERS and widest >= WIDE_LAYER:
        least = LARGE_BATCH_OF_WIDE_LAYERS
        return f"xla is faster with layers of {widest:,} weights from batches of {least} rows on"
    return None


def _largest_batch(shapes: Sequence[Sequence[Block]]) -> int:
    """Rows of the largest batch that is trained on: the first feed's."""
    return max(int(block.order.shape[1]) for block in shapes[0])


def _graph_or_reason(
    model: keras.Model, purpose: str, shapes: Sequence[Sequence[Block]], tracked: Sequence[str]
) -> Graph | str:
    """The graph to run, or the end of a sentence: native cannot, because ..."""
    if not native_available():
        return NOT_BUILT
    if jax.default_backend() != "cpu":
        return f"it runs on the CPU and JAX on the {jax.default_backend()}"
    if is_distributed():
        return "a keras.distribution shares the rows between devices"
    if not all(shapes):
        return "the data set has no batch"
    graph = lower_model(model, purpose)
    if isinstance(graph, str):
        return f"unsupported model: {graph}"
    for blocks in shapes:
        for block in blocks:
            if (wrong := _misfit(graph, block, purpose)) is not None:
                return wrong
    return replace(graph, tracked=tuple(tracked))


def _misfit(graph: Graph, block: Block, purpose: str) -> str | None:
    """What about the data the engine does not know."""
    parts = block.data if isinstance(block.data, tuple | list) else (block.data,)
    first, targets, weights = (*parts, None, None)[:3]
    inputs = native.inputs_of(first)
    others = sum(each is not None for each in parts[1:])
    if sorted(first) != list(graph.names) if isinstance(first, dict) else graph.names:
        return "the names of its inputs are others than those of the data"
    if len(jax.tree.leaves(block.data)) != len(inputs) + others:
        return "there are several targets, or inputs within inputs"
    wrong = _misfit_of_inputs(graph, inputs)
    if wrong is not None or purpose in PREDICTIONS:
        return wrong
    return _misfit_of_targets(graph, inputs[0].shape[0], targets, weights)


def _misfit_of_inputs(graph: Graph, inputs: Sequence[Any]) -> str | None:
    if len(inputs) != len(graph.inputs):
        return f"the model has {len(graph.inputs)} inputs and the data {len(inputs)}"
    for x, columns, wanted in zip(inputs, graph.inputs, graph.types, strict=True):
        if np.dtype(x.dtype) not in (np.float32, np.uint8, np.int32, np.bool_):
            return f"the rows are {x.dtype}"
        if wanted != "float32" and x.dtype != wanted:
            return f"the rows are {x.dtype} where the model takes {wanted}"
        if int(np.prod(x.shape[1:])) != columns:
            return f"the rows have the shape {x.shape[1:]}"
    return None


def _misfit_of_targets(graph: Graph, rows: int, targets: Any, weights: Any) -> str | None:
    if targets is None:
        return "there are no targets"
    labels = graph.loss.loss == "sparse_categorical"
    shapes = [(rows,), (rows, 1)] if labels or graph.targets == 1 else [(rows, graph.targets)]
    of_distributions = graph.loss.likelihood is not None  # a loss of each row, whatever its shape
    if len(graph.output_shape) > 1 and graph.loss.mean and weights is None and not of_distributions:
        # Keras takes the loss along the last axis alone: its mean is that over all of them.
        shapes = [(rows, *graph.output_shape)]
    if targets.shape not in shapes:
        return f"the targets have the shape {targets.shape[1:]}"
    if weights is not None and weights.shape not in [(rows,), (rows, 1)]:
        return f"the sample weights have the shape {weights.shape[1:]}"
    return None
