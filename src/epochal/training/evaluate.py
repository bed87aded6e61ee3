"""`epochal.evaluate`: `model.evaluate` as one program."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras

from epochal.batches.dataset import checked_dataset
from epochal.batches.feed import Feed, make_feed
from epochal.bridge.build import build_weights
from epochal.bridge.state import python_logs, read_test_state, reset_metrics, write_state
from epochal.compat._keras import flatten_metrics
from epochal.engine import Logs, State
from epochal.interrupts import raise_if_interrupted
from epochal.training.callbacks import BatchHookScheduler, callback_list
from epochal.training.chunks import ChunkSizer
from epochal.training.one_thread import in_use
from epochal.training.progress import Display
from epochal.training.session import Session, left_to_keras, open_session


def evaluate(
    model: keras.Model,
    x: Any = None,
    y: Any = None,
    *,
    batch_size: int | None = None,
    verbose: Any = "auto",
    sample_weight: Any = None,
    steps: int | None = None,
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
    return_dict: bool = False,
) -> Any:
    """The loss and metrics of a compiled model: `model.evaluate`, as one program.

    Parameters and results are those of `model.evaluate`, except that cross-entropies of a softmax
    or sigmoid output are exact; `x`, `y` and `sample_weight` as in `epochal.fit`.

    Parameters
    ----------
    model : keras.Model
        A compiled model.
    x, y, sample_weight
        The data, as in `epochal.fit`.
    batch_size, verbose, steps, callbacks, return_dict
        As in `model.evaluate`.

    Returns
    -------
    float, list of float, or dict
        The loss; with metrics a list in the order of ``model.metrics_names``; with
        `return_dict` a dict by name.

    Raises
    ------
    InputError
        Where an argument or the data is wrong; see `epochal.data.check_arrays`.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, "sigmoid")])
    >>> model.compile(loss="binary_crossentropy", metrics=["accuracy"])
    >>> x, y = np.zeros((10, 4)), np.ones(10)
    >>> round(epochal.evaluate(model, x, y, verbose=0, return_dict=True)["loss"], 4)
    0.6931
    """
    if left_to_keras(model, "evaluate", callbacks, loss=True, batch_size=batch_size, steps=steps):
        return model.evaluate(
            x, y, batch_size, verbose, sample_weight, steps, callbacks, return_dict
        )
    logs = prepare_evaluation(
        model,
        x,
        y,
        sample_weight=sample_weight,
        batch_size=batch_size,
        steps=steps,
        callbacks=callbacks,
        verbose=verbose,
    )()
    return logs if return_dict else flatten_metrics(model, logs)


def prepare_evaluation(
    model: keras.Model,
    x: Any,
    y: Any,
    *,
    sample_weight: Any,
    batch_size: int | None,
    steps: int | None,
    callbacks: Any,
    verbose: Any,
) -> Callable[[], dict[str, float]]:
    """Make an evaluation ready, before a callback is called: what runs it."""
    data = checked_dataset(model, x, y, sample_weight)
    feed = make_feed(data, batch_size=batch_size, steps=steps)
    build_weights(model, feed.iterator, None, data.array_targets)
    session = open_session(
        model,
        "test",
        feed,
        callbacks=callback_list(callbacks, model, verbose=verbose, steps=feed.batches),
        display=Display(verbose),
    )
    return partial(_evaluated, session)


def _evaluated(session: Session) -> dict[str, float]:
    model, callbacks, feed = session.model, session.callbacks, session.feed
    model.stop_evaluating = False
    alone = in_use(model, "evaluates", alone=True)
    with alone, session.display.shown("evaluate", feed.batches) as logs:
        callbacks.on_test_begin()
        reset_metrics(model)
        by_batch = session.by_batch is not None
        state, found = evaluate_feed(session, feed, read_test_state(model), by_batch)
        write_state(model, state)
        logs |= found
        callbacks.on_test_end(logs)
    return logs


def evaluate_feed(
    session: Session, feed: Feed, state: State, by_batch: bool, *, quiet: bool = False
) -> tuple[State, dict[str, float]]:
    """Test `state` on every batch of `feed`: the state with its metrics, and what they came to."""
    model, engine, callbacks = session.model, session.engine, session.callbacks
    display = Display(0) if quiet else session.display
    pace = ChunkSizer()
    logs: dict[str, float] = {}
    executions = BatchHookScheduler(
        model.steps_per_execution, callbacks.on_test_batch_begin, callbacks.on_test_batch_end
    )
    for block in feed.epoch(engine.place):
        start = 0
        while start < block.steps and not model.stop_evaluating:
            stop = min(start + (executions.remaining if by_batch else pace.steps), block.steps)
            if by_batch:
                executions.before()
            raise_if_interrupted()
            pace.begin()
            found: Logs
            state, found = engine.evaluate(session.program, state, block, start, stop)
            logs = python_logs(found)
            pace.end(stop - start)
            if by_batch:
                executions.after(stop - start, logs)
            display.advance(stop - start, (stop - start) * block.order.shape[1], logs)
            start = stop
        if model.stop_evaluating:  # a generator may have no end
            break
    executions.close()
    return state, logs
