"""`epochal.predict`: `model.predict` as one program, in blocks of bounded memory."""

from collections.abc import Sequence
from typing import Any

import jax
import keras
import numpy as np
from keras.callbacks import CallbackList

from epochal.batches.feed import ArrayFeed, make_feed
from epochal.bridge.build import build_for_prediction
from epochal.bridge.checks import check_data, check_model
from epochal.bridge.state import read_weights, write_state
from epochal.compat._keras import missing
from epochal.engine import Engine, Work
from epochal.training.arguments import check_callbacks, check_sizes
from epochal.training.callbacks import BatchHookScheduler, batch_by_batch_reason
from epochal.training.engine_choice import choose
from epochal.training.progress import Display

LARGEST_BATCH = 1024  # beyond this a larger batch is no faster


def predict(
    model: keras.Model,
    x: Any,
    *,
    batch_size: int | None = None,
    verbose: Any = "auto",
    steps: int | None = None,
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
) -> Any:
    """The outputs of a model: `model.predict`, as one program.

    Parameters
    ----------
    model : keras.Model
        Need not be compiled.
    x : array_like, generator or data set
        Inputs, (rows, ...), as in `epochal.fit`.
    batch_size : int, optional
        Rows a step. None leaves the choice to epochal: rows are independent in a prediction.
    verbose, steps, callbacks
        As in `model.predict`.

    Returns
    -------
    numpy.ndarray
        (rows, ...); a list or dict of arrays for several outputs.

    Raises
    ------
    InputError
        Where an argument or the data is wrong; see `epochal.data.check_arrays`.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
    >>> epochal.predict(model, np.zeros((5, 4)), verbose=0).shape
    (5, 3)
    """
    if missing():
        return model.predict(x, batch_size, verbose, steps, callbacks)
    check_model(model, "predict")
    check_sizes(batch_size=batch_size, steps=steps)
    check_callbacks(callbacks)
    if model.run_eagerly:
        return model.predict(x, batch_size, verbose, steps, callbacks)
    check_data(model, x)
    feed, iterator = make_feed(x, batch_size=batch_size or _batch_size(model, x), steps=steps)
    if isinstance(feed, ArrayFeed):
        feed.resident = False  # each row is needed once: pass it by
    build_for_prediction(model, iterator)
    callback_list = CallbackList(
        list(callbacks or []), model=model, verbose=verbose, epochs=1, steps=feed.batches
    )
    by_batch = batch_by_batch_reason(callback_list, "predict") is not None
    engine, description, _ = choose("auto", model, "predict", [feed])
    program = engine.prepare(
        description,
        [Work("predict", read_weights(model), block) for block in feed.shapes()],
    )
    display = Display(verbose)
    display.begin("predict", feed.batches)
    callback_list.on_predict_begin()
    try:
        outputs = _predictions(model, engine, program, feed, callback_list, by_batch, display)
    finally:
        display.clear()
    display.end("predict", {})
    callback_list.on_predict_end()
    return outputs


def _predictions(
    model: keras.Model,
    engine: Engine[Any, Any],
    program: Any,
    feed: Any,
    callbacks: CallbackList,
    by_batch: bool,
    display: Display,
) -> Any:
    model.stop_predicting = False
    state = read_weights(model)
    parts: list[Any] = []
    told = 0  # parts whose execution has ended

    def end(last: int, _: Any) -> None:
        nonlocal told
        callbacks.on_predict_batch_end(last, {"outputs": _joined(parts[told:])})
        told = len(parts)

    executions = BatchHookScheduler(
        model.steps_per_execution, callbacks.on_predict_batch_begin, end
    )
    for block in feed.epoch(engine.place):
        start = 0
        while start < block.steps and not model.stop_predicting:
            stop = min(start + executions.room, block.steps) if by_batch else block.steps
            if by_batch:
                executions.before()
            outputs, state = engine.predict(program, state, block, start, stop)
            parts.append(
                jax.tree.map(
                    lambda leaf, span=slice(start, stop): _rows(np.asarray(leaf)[span]), outputs
                )
            )
            if by_batch:
                executions.after(stop - start, None)
            display.advance(stop - start, (stop - start) * block.order.shape[1], {})
            start = stop
        if model.stop_predicting:
            break
    executions.close()
    write_state(model, state)
    return _joined(parts)


def _joined(parts: list[Any]) -> Any:
    """Trees of arrays, one after another."""
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)


def _rows(leaf: np.ndarray) -> np.ndarray:
    """(batches, batch size, ...) as (rows, ...)."""
    return leaf.reshape(-1, *leaf.shape[2:])


def _batch_size(model: keras.Model, x: Any) -> int | None:
    """For arrays, all rows in few large batches, unless the model takes one size alone."""
    inputs = keras.tree.flatten(getattr(model, "inputs", None) or [])
    if inputs and inputs[0].shape[0] is not None:
        return int(inputs[0].shape[0])
    leaves = [leaf for leaf in jax.tree.leaves(x) if hasattr(leaf, "shape")]
    rows = min((leaf.shape[0] for leaf in leaves if len(leaf.shape)), default=0)
    return min(rows, LARGEST_BATCH) or None
