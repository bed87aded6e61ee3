"""`epochal.fit`: `model.fit` as whole epochs in one program, with the same numbers."""

import warnings
from collections.abc import Sequence
from copy import copy
from functools import partial
from time import perf_counter
from typing import Any

import keras
from keras.callbacks import CallbackList
from keras.utils import unpack_x_y_sample_weight

from epochal.batches.array_source import without_own_dtypes
from epochal.batches.feed import Feed, make_feed
from epochal.bridge.build import build_weights
from epochal.bridge.checks import check_compiled_model, check_data, check_target_given
from epochal.bridge.state import finalize_averages, read_state, read_test_state, reseed_layers
from epochal.bridge.steps import StepOptions
from epochal.compat._keras import (
    epoch_to_resume,
    is_validation_epoch,
    missing,
    train_validation_split,
)
from epochal.diagnosis.collector import ValidationCollector, traits_of
from epochal.engine import Work
from epochal.training.arguments import check_callbacks, check_engine, check_fit, check_sizes
from epochal.training.callbacks import batch_by_batch_reason
from epochal.training.engine_choice import Choice, choose
from epochal.training.loop import Loop, evaluation
from epochal.training.monitoring import check_not_tracked, check_track, names_to_track, tracking_for
from epochal.training.predict import predict
from epochal.training.progress import Display
from epochal.training.rates.schedule import check_schedule, followed_by_keras, rates_of_fit
from epochal.training.run import Run
from epochal.training.run_callback import show_run

# What `fit` hands on where Keras' own loop trains.
_KERAS_ARGUMENTS = (
    *("batch_size", "epochs", "initial_epoch", "verbose", "callbacks", "shuffle", "class_weight"),
    *("steps_per_epoch", "validation_steps", "validation_batch_size", "validation_freq"),
)
_EAGER = "the model is compiled with run_eagerly=True"


def fit(
    model: keras.Model,
    x: Any = None,
    y: Any = None,
    *,
    batch_size: int | None = None,
    epochs: int = 1,
    verbose: Any = "auto",
    callbacks: Sequence[keras.callbacks.Callback] | CallbackList | None = None,
    validation_split: float = 0.0,
    validation_data: Any = None,
    shuffle: Any = True,
    class_weight: dict[int, float] | None = None,
    sample_weight: Any = None,
    initial_epoch: int = 0,
    steps_per_epoch: int | None = None,
    validation_steps: int | None = None,
    validation_batch_size: int | None = None,
    validation_freq: Any = 1,
    seed: int | None = None,
    engine: str = "auto",
    schedule: keras.optimizers.schedules.LearningRateSchedule | None = None,
    track: Sequence[str] = (),
) -> Run:
    """Train a compiled Keras model: `model.fit`, as one program an epoch.

    All that `model.fit` takes means here what it means there; the model afterwards is as after
    `model.fit`: trained weights, optimiser state, iteration count. Cross-entropies of a softmax or
    sigmoid output are exact, where Keras on JAX clips probabilities at 1e-7.

    Parameters
    ----------
    model : keras.Model
        A compiled model, of any kind.
    x, y, sample_weight : array_like, or x alone a generator or data set
        Inputs, targets and weights, (rows, ...); lists or dicts of arrays for several inputs or
        outputs; NumPy (memory-mapped too), pandas, JAX arrays; for `x`, also `PyDataset`, Python
        generators, `tf.data`, torch and grain loaders.
    batch_size : int, optional
        Rows a step; None means 32. Not for data that comes in batches.
    epochs, initial_epoch : int
        Train the epochs ``initial_epoch`` (0 or more) to ``epochs`` - 1.
    verbose : "auto", 0, 1 or 2
        0 is silent, 1 and "auto" a bar, 2 a line an epoch; without a terminal 1 means lines.
    callbacks : list of keras.callbacks.Callback
        Epoch hooks cost nothing. Batch hooks are called at every batch, which is slower:
        ``run.engine_reason`` then says so.
    validation_split, validation_data, validation_steps, validation_batch_size, validation_freq
        As in Keras; the split takes the last rows, before shuffling.
    shuffle : bool or "batch"
        Whether each epoch sees the rows in a new order.
    class_weight : dict, optional
        A weight for each class index.
    steps_per_epoch : int, optional
        Steps an epoch; None means all rows once.
    seed : int, optional
        Decides everything that is random in the fit: the order of the rows, dropout, and the
        initial weights of a model that is not yet built. None takes the order from NumPy's global
        generator, as `model.fit` does, and leaves the model's own seeds alone.
    engine : "auto", "native" or "xla"
        What runs the epochs: "native" is the fastest on a CPU and runs feed-forward chains, "xla"
        runs any model; "auto" takes "native" where it can, unless batches have 4,096 rows or more,
        and ``run.engine_reason`` says why.
    schedule : keras.optimizers.schedules.LearningRateSchedule, optional
        The learning rate of each step of this fit, counted from 0 (with `initial_epoch`, from
        where the epochs before would have ended). The optimiser's own rate stays as it is. One of
        `epochal.schedules` may take its length from the fit, and may cycle the momentum; then
        ``run.momenta`` holds that of every step.
    track : sequence of {"gradient_norm", "weight_change", "loss_change"}
        Norms and changes to record of each epoch in ``run.history``, defined in
        `epochal.training.monitoring`. A callback that monitors one of them asks for it as well:
        ``EarlyStopping(monitor="gradient_norm")``.

    Returns
    -------
    Run
        A `keras.callbacks.History` that also holds the rate and loss of every step, the timing,
        which engine ran and why, and a verdict on what the run shows. Unless `verbose` is 0, the
        verdict is the last line.

    Raises
    ------
    InputError
        Where an argument or the data is wrong; see `epochal.data.check_arrays`.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> run = epochal.fit(model, np.ones((64, 4)), np.ones(64), epochs=2, verbose=0, seed=1)
    >>> len(run.history["loss"]), len(run.losses)
    (2, 4)
    """
    keras_arguments = {name: value for name, value in locals().items() if name in _KERAS_ARGUMENTS}
    began = perf_counter()
    data = {"x": x, "y": y, "sample_weight": sample_weight, "validation_data": validation_data}
    if lacking := missing():
        reason = f"Keras {keras.__version__} lacks {', '.join(lacking)}, which the engines need"
        keras_arguments |= data | {"validation_split": validation_split}
        return _fit_with_keras(model, schedule, seed, reason, keras_arguments)
    check_compiled_model(model, "fit")
    check_fit(
        epochs, initial_epoch, validation_split, validation_freq, class_weight, seed, schedule
    )
    sizes = ("batch_size", "steps_per_epoch", "validation_steps", "validation_batch_size")
    check_sizes(**{name: keras_arguments[name] for name in sizes})
    _check(model, x, y, sample_weight, callbacks, engine, track, schedule)
    display = Display(verbose)
    if validation_split and validation_data is None:
        (x, y, sample_weight), validation_data = train_validation_split(
            without_own_dtypes((x, y, sample_weight)), validation_split=validation_split
        )
    if model.run_eagerly:
        check_not_tracked(names_to_track(track, keras.tree.flatten(callbacks or [])))
        data = {"x": x, "y": y, "sample_weight": sample_weight, "validation_data": validation_data}
        return _fit_with_keras(model, schedule, seed, _EAGER, keras_arguments | data)

    order = {"batch_size": batch_size, "steps": steps_per_epoch, "shuffle": shuffle, "seed": seed}
    feed, iterator = make_feed(x, y, sample_weight, class_weight=class_weight, **order)
    validation = _validation_feed(
        model, validation_data, validation_batch_size or batch_size, validation_steps
    )
    held_out = None if validation_data is None else unpack_x_y_sample_weight(validation_data)[1]
    build_weights(model, iterator, seed, y, held_out)

    run = Run(engine="", engine_reason="", seed=seed)
    epochs = _limited(epochs)
    callback_list = _callback_list(callbacks, run, model, verbose, epochs, feed.batches)
    show_run(callback_list, run, feed if validation is None else validation)
    by_batch = batch_by_batch_reason(callback_list)
    rates = rates_of_fit(model, schedule, feed.batches, epochs)
    tracking = tracking_for(track, callback_list.callbacks)
    choice = choose(
        engine,
        model,
        "train",
        [feed] if validation is None else [feed, validation],
        StepOptions(
            replaces_schedule=rates.schedule is not None,
            cycles_momentum=rates.cycles_momentum,
            tracked=tracking.of_each_step,
        ),
    )
    run.runs_on(choice.engine.name, _reason(choice, by_batch), by_batch is not None)
    compiled_before = choice.engine.seconds_compiling()
    loop = Loop(
        model=model,
        engine=choice.engine,
        program=_prepared(choice, model, feed, validation),
        feed=feed,
        callbacks=callback_list,
        run=run,
        display=display,
        rates=rates,
        tracking=tracking,
        witness=ValidationCollector(model, feed, validation, partial(predict, verbose=0)),
    )
    run.watched_by(loop.witness, traits_of(model, callback_list.callbacks, schedule))
    try:
        _train(loop, epochs, initial_epoch, validation, validation_freq)
    finally:
        run.timing.compiling = choice.engine.seconds_compiling() - compiled_before
        run.timing.total = perf_counter() - began
    _say_verdict(display, run)
    return run


def _check(
    model: keras.Model,
    x: Any,
    y: Any,
    sample_weight: Any,
    callbacks: Any,
    engine: str,
    track: Sequence[str],
    schedule: Any,
) -> None:
    check_callbacks(callbacks)
    check_engine(engine)
    check_track(track)
    check_schedule(model, schedule)
    check_data(model, x, y, sample_weight)
    check_target_given(model, x, y)


def _say_verdict(display: Display, run: Run) -> None:
    if display.lines:  # else nobody waits for it: it is made when it is asked for
        display.say(str(run.verdict))


def _train(
    loop: Loop, epochs: int, initial_epoch: int, validation: Feed | None, validation_freq: Any
) -> None:
    """The epochs, and the callbacks around them, in the order in which Keras calls them."""
    model, callbacks, display = loop.model, loop.callbacks, loop.display
    test_by_batch = batch_by_batch_reason(callbacks, "test") is not None
    logs: dict[str, float] = {}
    finished = model.stop_training = False
    callbacks.on_train_begin()
    # A callback that restores a backup says so here.
    initial_epoch = epoch_to_resume(model) or initial_epoch
    loop.start_at(initial_epoch)
    try:
        for epoch in range(initial_epoch, epochs):
            title = f"epoch {epoch + 1}/{epochs}"
            model.reset_metrics()
            callbacks.on_epoch_begin(epoch)
            display.begin(title, loop.feed.batches)
            if loop.run.seed is not None:
                reseed_layers(model, loop.run.seed, epoch)
            logs = loop.epoch()
            if validation is not None and is_validation_epoch(model, epoch, validation_freq):
                validation.restart()
                tested = evaluation(
                    model,
                    loop.engine,
                    loop.program,
                    validation,
                    callbacks,
                    test_by_batch,
                    Display(0),
                )
                logs |= {f"val_{name}": value for name, value in tested.items()}
                loop.witness.validated(logs.get("val_loss"))
            display.end(title, logs)
            callbacks.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
        loop.run.end()
        finished = True
    finally:
        display.clear()
        if epochs > 0:
            finalize_averages(model)
        if finished:
            callbacks.on_train_end(logs)


def _limited(epochs: int) -> int:
    """`epochs`, or fewer where `keras.config.set_max_epochs` has set a limit for debugging."""
    limit = keras.config.max_epochs()
    if limit and limit < epochs:
        warnings.warn(f"Limiting epochs to {limit}", stacklevel=3)
        return int(limit)
    return epochs


def _callback_list(
    callbacks: Any, run: Run, model: keras.Model, verbose: Any, epochs: int, steps: int | None
) -> CallbackList:
    if isinstance(callbacks, CallbackList):
        callbacks = copy(callbacks)  # the caller's own does not come to hold the run
        callbacks.callbacks = [*callbacks.callbacks, run]
        run.set_model(model)
        run.set_params(callbacks.params)
        return callbacks
    flat = [*keras.tree.flatten(callbacks or []), run]
    return CallbackList(flat, model=model, verbose=verbose, epochs=epochs, steps=steps)


def _validation_feed(
    model: keras.Model, data: Any, batch_size: int | None, steps: int | None
) -> Feed | None:
    if data is None:
        return None
    x, y, sample_weight = unpack_x_y_sample_weight(data)
    check_data(model, x, y, sample_weight, of="validation_data")
    check_target_given(model, x, y, name="validation_data")
    return make_feed(x, y, sample_weight, batch_size=batch_size, steps=steps)[0]


def _prepared(choice: Choice, model: keras.Model, feed: Feed, validation: Feed | None) -> Any:
    """The model's program, with all that the fit will need compiled side by side."""
    state, tested = read_state(model), read_test_state(model)
    works = [Work("train", state, block) for block in feed.shapes()]
    if validation is not None:
        works += [Work("test", tested, block) for block in validation.shapes()]
    return choice.engine.prepare(choice.description, works)


def _reason(choice: Choice, by_batch: str | None) -> str:
    if by_batch is None:
        return choice.reason
    return f"{choice.reason}; batch by batch, which is slower, because {by_batch}"


def _fit_with_keras(
    model: keras.Model, schedule: Any, seed: int | None, reason: str, arguments: dict[str, Any]
) -> Run:
    """Keras' own loop, because of `reason`."""
    run = Run(engine="keras", engine_reason=f"Keras' own loop, because {reason}", seed=seed)
    began = perf_counter()
    callbacks = arguments.pop("callbacks")
    if isinstance(callbacks, CallbackList):
        callbacks = callbacks.callbacks
    if seed is not None:
        keras.utils.set_random_seed(seed)
    with followed_by_keras(model, schedule) as following:
        # First: the schedule has its length before the others look at the rate.
        callbacks = [following, *keras.tree.flatten(callbacks or []), run]
        model.fit(**arguments, callbacks=callbacks)
    run.timing.total = perf_counter() - began
    return run
