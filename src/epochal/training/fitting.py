"""A fit of data that has been checked: made ready, its epochs run, its `Run`."""

import warnings
from functools import partial
from time import perf_counter
from typing import Any

import keras

from epochal.batches.dataset import Dataset
from epochal.batches.feed import make_feed
from epochal.bridge.build import build_weights
from epochal.bridge.state import finalize_averages, read_weights, reseed_layers, reset_metrics
from epochal.bridge.steps import StepOptions
from epochal.compat._keras import epoch_to_resume
from epochal.diagnosis.collector import ValidationCollector, regularizers_of
from epochal.training.arguments import FitArguments
from epochal.training.callbacks import PenaltyRecorder, callback_list, show_run
from epochal.training.loop import Loop
from epochal.training.monitoring import tracking_for
from epochal.training.predict import predict_at
from epochal.training.progress import Display
from epochal.training.rates.schedule import rates_of_fit
from epochal.training.run import Run
from epochal.training.session import open_session


def fit_checked(
    model: keras.Model,
    data: Dataset,
    held_out: Dataset | None,
    arguments: FitArguments,
    callbacks: Any,
    display: Display,
    *,
    began: float,
    share: int = 1,
) -> Run:
    """Train `model`: the part of `epochal.fit` behind its checks.

    Parameters
    ----------
    began : float
        When the whole fit did, by `time.perf_counter`.
    share : int
        How many such fits run at once, each on its part of the cores.
    """
    run = Run(engine="", engine_reason="", seed=arguments.seed)
    try:
        epochs = _limited(arguments.epochs)
        loop = _loop(
            model,
            data,
            held_out,
            arguments,
            epochs=epochs,
            callbacks=callbacks,
            run=run,
            display=display,
            share=share,
        )
        _train(loop, epochs, arguments)
    finally:
        run.timing.total = perf_counter() - began
    if display.lines:  # else nobody waits for it: it is made when it is asked for
        display.say(str(run.diagnosis))
    return run


def _loop(
    model: keras.Model,
    data: Dataset,
    held_out: Dataset | None,
    arguments: FitArguments,
    *,
    epochs: int,
    callbacks: Any,
    run: Run,
    display: Display,
    share: int,
) -> Loop:
    """The fit made ready: its model built, its engine chosen, its schedule with its length."""
    seed = arguments.seed
    feed = make_feed(
        data,
        batch_size=arguments.batch_size,
        steps=arguments.steps_per_epoch,
        shuffle=arguments.shuffle,
        class_weight=arguments.class_weight,
        seed=seed,
    )
    validation, held_out_targets = None, None
    if held_out is not None:
        size = arguments.validation_batch_size or arguments.batch_size
        validation = make_feed(held_out, batch_size=size, steps=arguments.validation_steps)
        held_out_targets = held_out.array_targets
    build_weights(model, feed.iterator, seed, data.array_targets, held_out_targets)
    every = callback_list(
        callbacks,
        model,
        verbose=arguments.verbose,
        steps=feed.batches,
        epochs=epochs,
        own=(PenaltyRecorder(run), run),
    )
    show_run(every, run, validation or feed)
    schedule = arguments.schedule
    rates = rates_of_fit(model, schedule, feed.batches, epochs)
    tracking = tracking_for(arguments.track, every.callbacks)
    session = open_session(
        model,
        "train",
        feed,
        validation=validation,
        engine=arguments.engine,
        options=StepOptions(
            replaces_schedule=rates.schedule is not None,
            cycles_momentum=rates.cycles_momentum,
            tracked=tracking.of_each_step,
        ),
        callbacks=every,
        display=display,
        share=share,
    )
    run.set_engine(session.engine.name, session.engine_reason, session.by_batch is not None)
    collector = ValidationCollector(model, feed, validation, partial(predict_at, model))
    run.set_evidence(collector.evidence, regularizers_of(model, every.callbacks, schedule))
    return Loop(session=session, run=run, collector=collector, rates=rates, tracking=tracking)


def _limited(epochs: int) -> int:
    """`epochs`, or fewer where `keras.config.set_max_epochs` has set a limit for debugging."""
    limit = keras.config.max_epochs()
    if limit and limit < epochs:
        warnings.warn(f"Limiting epochs to {limit}", stacklevel=4)
        return int(limit)
    return epochs


def _train(loop: Loop, epochs: int, arguments: FitArguments) -> None:
    """The epochs, and the callbacks around them, in the order in which Keras calls them."""
    session, run = loop.session, loop.run
    model, callbacks, display = session.model, session.callbacks, session.display
    logs: dict[str, float] = {}
    finished = model.stop_training = False
    callbacks.on_train_begin()
    # A callback that restores a backup says so here.
    first = epoch_to_resume(model) or arguments.initial_epoch
    loop.start_at(first)
    try:
        for epoch in range(first, epochs):
            title = f"epoch {epoch + 1}/{epochs}"
            reset_metrics(model)
            callbacks.on_epoch_begin(epoch)
            display.begin(title, session.feed.batches)
            if run.seed is not None:
                reseed_layers(model, run.seed, epoch)
            try:
                logs = loop.train()
                if loop.validates(epoch, arguments.validation_freq):
                    tested = loop.validate()
                    logs |= {f"val_{name}": value for name, value in tested.items()}
            finally:
                loop.publish()
            display.end(title, logs)
            callbacks.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
        evidence = loop.collector.end(run.curves(), read_weights(model))
        run.set_evidence(evidence, ended=True)
        finished = True
    finally:
        display.clear()
        run.timing.compiling = session.seconds_compiling()
        if epochs > 0:
            finalize_averages(model)
        if finished:
            callbacks.on_train_end(logs)
