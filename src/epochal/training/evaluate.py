"""`epochal.evaluate`: `model.evaluate` as one program."""

from collections.abc import Sequence
from typing import Any

import keras
from keras.callbacks import CallbackList

from epochal.batches.feed import make_feed
from epochal.bridge.build import build_weights
from epochal.bridge.checks import check_compiled_model, check_data, check_target_given
from epochal.bridge.state import read_test_state
from epochal.compat._keras import flatten_metrics, missing
from epochal.engine import Work
from epochal.training.arguments import check_callbacks, check_sizes
from epochal.training.callbacks import batch_by_batch_reason
from epochal.training.engine_choice import choose
from epochal.training.loop import evaluation
from epochal.training.progress import Display


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
    if missing():
        return model.evaluate(
            x, y, batch_size, verbose, sample_weight, steps, callbacks, return_dict
        )
    check_compiled_model(model, "evaluate", optimizer=False)
    check_sizes(batch_size=batch_size, steps=steps)
    check_callbacks(callbacks)
    if model.run_eagerly:
        return model.evaluate(
            x, y, batch_size, verbose, sample_weight, steps, callbacks, return_dict
        )
    check_data(model, x, y, sample_weight)
    check_target_given(model, x, y)
    feed, iterator = make_feed(x, y, sample_weight, batch_size=batch_size, steps=steps)
    build_weights(model, iterator, None, y)
    callback_list = CallbackList(
        list(callbacks or []), model=model, verbose=verbose, epochs=1, steps=feed.batches
    )
    by_batch = batch_by_batch_reason(callback_list, "test") is not None
    tested = read_test_state(model)
    works = [Work("test", tested, block) for block in feed.shapes()]
    engine, description, _ = choose("auto", model, "test", [feed])
    program = engine.prepare(description, works)
    display = Display(verbose)
    display.begin("evaluate", feed.batches)
    try:
        logs = evaluation(model, engine, program, feed, callback_list, by_batch, display)
    finally:
        display.clear()
    display.end("evaluate", logs)
    return logs if return_dict else flatten_metrics(model, logs)
