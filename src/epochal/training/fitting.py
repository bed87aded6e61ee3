"""A fit of data that has been checked: made ready, its epochs run, its `Run`."""

import warnings
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

import keras
from keras.utils import unpack_x_y_sample_weight

from epochal.batches.dataset import Dataset, checked_dataset
from epochal.batches.feed import make_feed
from epochal.bridge.build import build_weights
from epochal.bridge.checks import check_compiled_model
from epochal.bridge.state import finalize_averages, read_weights
from epochal.bridge.steps import StepOptions
from epochal.bridge.whole_saves import whole_files
from epochal.compat._keras import epoch_to_resume
from epochal.diagnosis.collector import ValidationCollector, regularizers_of
from epochal.interrupts import interruptible
from epochal.training.arguments import FitArguments, check_callbacks
from epochal.training.backups import made_safe, standing_of
from epochal.training.callbacks import PenaltyRecorder, callback_list, show_run
from epochal.training.kept_fits import kept_fit_of
from epochal.training.loop import Loop
from epochal.training.monitoring import tracking_for
from epochal.training.one_thread import in_use
from epochal.training.predict import predict_at
from epochal.training.progress import Display
from epochal.training.rates.schedule import check_schedule, rates_of_fit
from epochal.training.run import Run
from epochal.training.session import open_session


@dataclass(frozen=True, kw_only=True)
class PreparedFit:
    """A fit that is ready: nothing is trained yet, and no callback was called."""

    loop: Loop
    epochs: int
    arguments: FitArguments
    began: float

    def train(self) -> Run:
        """Run the epochs."""
        run, display = self.loop.run, self.loop.display
        try:
            model = self.loop.session.model
            with interruptible(), in_use(model, "fits", alone=True), whole_files(model):
                _train(self.loop, self.epochs, self.arguments)
        finally:
            run.timing.total += perf_counter() - self.began
        if display.lines:  # else nobody waits for it: it is made when it is asked for
            display.say(str(run.diagnosis))
        return run


def checked_data(
    model: keras.Model,
    x: Any,
    y: Any,
    sample_weight: Any,
    validation_data: Any,
    callbacks: Any,
    arguments: FitArguments,
) -> tuple[Dataset, Any]:
    """Check what `epochal.fit` was given: the data to train on, and what to validate on.

    The latter is checked where it was split off; else `prepare_fit` does it.
    """
    check_compiled_model(model, "fit")
    check_callbacks(callbacks)
    check_schedule(model, arguments.schedule)
    Display(arguments.verbose)
    data = checked_dataset(model, x, y, sample_weight)
    if arguments.validation_split and validation_data is None:
        return data.split(arguments.validation_split)
    return data, validation_data


def prepare_fit(
    model: keras.Model,
    data: Dataset,
    validation: Any,
    arguments: FitArguments,
    callbacks: Any,
    *,
    began: float,
    display: Display | None = None,
    share: int = 1,
) -> PreparedFit:
    """Make a fit of `model` ready: the part of `epochal.fit` behind its checks.

    Parameters
    ----------
    validation : Dataset, or as in `epochal.fit`
        What to validate on.
    began : float
        When the whole fit did, by `time.perf_counter`.
    display : Display, optional
        None makes one as `arguments` say.
    share : int
        How many such fits run at once, each on its part of the cores.
    """
    display = Display(arguments.verbose) if display is None else display
    held_out = validation
    if validation is not None and not isinstance(validation, Dataset):
        parts = unpack_x_y_sample_weight(validation)
        held_out = checked_dataset(model, *parts, of="validation_data")
    epochs = _limited(arguments.epochs)
    loop = _loop(
        model,
        data,
        held_out,
        arguments,
        epochs=epochs,
        callbacks=callbacks,
        run=Run(engine="", engine_reason="", seed=arguments.seed),
        display=display,
        share=share,
    )
    return PreparedFit(loop=loop, epochs=epochs, arguments=arguments, began=began)


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
        made_safe(callbacks),
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
    keeper = kept_fit_of(callbacks)
    kept = None if keeper is None else keeper.begin(loop, arguments)
    # A callback that restores a backup says so here.
    first = kept or epoch_to_resume(model) or arguments.initial_epoch
    standing = standing_of(callbacks)
    loop.start_at(first)
    try:
        for epoch in range(first, epochs):
            title = f"epoch {epoch + 1}/{epochs}"
            loop.begin_epoch(epoch)
            display.begin(title, session.feed.batches)
            loop.seed_epoch(epoch)
            logs = loop.train(standing)
            standing = None
            if loop.validates(epoch, arguments.validation_freq):
                tested = loop.validate()
                logs |= {f"val_{name}": value for name, value in tested.items()}
            display.end(title, logs)
            with loop.shown():
                callbacks.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
            if keeper is not None:
                keeper.epoch_ended(epoch + 1)
        loop.publish()
        evidence = loop.collector.end(run.curves(), read_weights(model))
        run.set_evidence(evidence, ended=True)
        finished = True
    finally:
        loop.publish()  # whatever ended it
        display.clear()
        run.timing.compiling = session.seconds_compiling()
        if epochs > 0:
            finalize_averages(model)
        if finished:
            callbacks.on_train_end(logs)
