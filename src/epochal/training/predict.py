"""`epochal.predict`: `model.predict` as one program, in blocks of bounded memory."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import keras
import numpy as np

from epochal.batches.dataset import Dataset, checked_dataset
from epochal.batches.feed import ArrayFeed, Feed, make_feed
from epochal.bridge.build import build_for_prediction
from epochal.bridge.state import read_weights, write_state
from epochal.engine import State
from epochal.interrupts import raise_if_interrupted
from epochal.training.callbacks import BatchHookScheduler, callback_list
from epochal.training.one_thread import in_use
from epochal.training.progress import Display
from epochal.training.session import Session, left_to_keras, open_session

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
        Batch size. None leaves the choice to epochal: rows are independent in a prediction.
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
    if left_to_keras(model, "predict", callbacks, batch_size=batch_size, steps=steps):
        return model.predict(x, batch_size, verbose, steps, callbacks)
    return prepare_prediction(
        model, x, batch_size=batch_size, steps=steps, callbacks=callbacks, verbose=verbose
    )()


def prepare_prediction(
    model: keras.Model,
    x: Any,
    *,
    batch_size: int | None,
    steps: int | None,
    callbacks: Any,
    verbose: Any,
) -> Callable[[], Any]:
    """Make a prediction ready, before a callback is called: what runs it."""
    feed = _feed(model, checked_dataset(model, x, targets=False), batch_size, steps)
    build_for_prediction(model, feed.iterator)
    session = open_session(
        model,
        "predict",
        feed,
        callbacks=callback_list(callbacks, model, verbose=verbose, steps=feed.batches),
        display=Display(verbose),
    )
    _read_in_place(session)
    return partial(_predicted, session)


def _predicted(session: Session) -> Any:
    model, callbacks = session.model, session.callbacks
    model.stop_predicting = False
    reading = in_use(model, "predicts with", alone=False)
    with reading, session.display.shown("predict", session.feed.batches):
        callbacks.on_predict_begin()
        outputs, state = _predictions(session, read_weights(model))
        write_state(model, state)
    callbacks.on_predict_end()
    return outputs


def predict_at(model: keras.Model, state: State, x: Any) -> Any:
    """What `model`, which is built, would predict for arrays with the weights of `state`."""
    feed = _feed(model, Dataset(x=x, are_arrays=True), None, None)
    session = open_session(
        model,
        "predict",
        feed,
        callbacks=callback_list(None, model, verbose=0, steps=feed.batches),
        display=Display(0),
    )
    _read_in_place(session)
    model.stop_predicting = False
    return _predictions(session, state._replace(optimizer=[], metrics=[]))[0]


def _feed(model: keras.Model, data: Dataset, batch_size: int | None, steps: int | None) -> Feed:
    feed = make_feed(data, batch_size=batch_size or _batch_size(model, data.x), steps=steps)
    if isinstance(feed, ArrayFeed):
        feed.resident = False  # each row is needed once: pass it by
    return feed


def _read_in_place(session: Session) -> None:
    """Spare the copy of each block where the engine needs none."""
    if isinstance(session.feed, ArrayFeed):
        session.feed.in_place = session.engine.any_length


def _predictions(session: Session, state: State) -> tuple[Any, State]:
    """The outputs for all rows, and the state with the seeds that predictions came to."""
    model, engine, callbacks = session.model, session.engine, session.callbacks
    by_batch = session.by_batch is not None
    parts: list[Any] = []
    told = 0  # parts whose execution has ended

    def end(last: int, _: Any) -> None:
        nonlocal told
        callbacks.on_predict_batch_end(last, {"outputs": _concatenate(parts[told:])})
        told = len(parts)

    executions = BatchHookScheduler(
        model.steps_per_execution, callbacks.on_predict_batch_begin, end
    )
    for block in session.feed.epoch(engine.place):
        start = 0
        while start < block.steps and not model.stop_predicting:
            stop = min(start + executions.remaining, block.steps) if by_batch else block.steps
            if by_batch:
                executions.before()
            raise_if_interrupted()
            outputs, state = engine.predict(session.program, state, block, start, stop)
            parts.append(_rows_of_batches(outputs, start, stop))
            if by_batch:
                executions.after(stop - start, None)
            session.display.advance(stop - start, (stop - start) * block.order.shape[1], {})
            start = stop
        if model.stop_predicting:
            break
    executions.close()
    return _concatenate(parts), state


def _concatenate(parts: list[Any]) -> Any:
    """Trees of arrays, one after another."""
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)


def _rows_of_batches(outputs: Any, start: int, stop: int) -> Any:
    """The batches `start` to `stop` of (batches, batch size, ...), as (rows, ...)."""

    def rows(leaf: Any) -> np.ndarray:
        batches = np.asarray(leaf)[start:stop]
        return batches.reshape(-1, *batches.shape[2:])

    return jax.tree.map(rows, outputs)


def _batch_size(model: keras.Model, x: Any) -> int | None:
    """For arrays, all rows in few large batches, unless the model takes one size alone."""
    inputs = keras.tree.flatten(getattr(model, "inputs", None) or [])
    if inputs and inputs[0].shape[0] is not None:
        return int(inputs[0].shape[0])
    leaves = [leaf for leaf in jax.tree.leaves(x) if hasattr(leaf, "shape")]
    rows = min((leaf.shape[0] for leaf in leaves if len(leaf.shape)), default=0)
    return min(rows, LARGEST_BATCH) or None
