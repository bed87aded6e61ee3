"""The queue: as many members at once as there are cores, each a fit of its own in a thread.

Members are asked for one by one, each when the next thread is about to be free, and none is kept
that has ended: there may be any number of them.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event
from time import perf_counter
from typing import Any

import keras
import numpy as np

from epochal.batches.dataset import Dataset
from epochal.errors import InputError
from epochal.interrupts import (
    LOOK,
    forget_interrupt,
    interruptible,
    raise_if_interrupted,
    uninterrupted,
)
from epochal.training.arguments import FitArguments
from epochal.training.fitting import prepare_fit
from epochal.training.kept_fits import KeptFit
from epochal.training.population.members import PlannedMember
from epochal.training.population.shared_data import length_of
from epochal.training.progress import Display, numbers
from epochal.training.run import Run


@dataclass(kw_only=True, eq=False)
class Job:
    """One member that is ready to be trained, and then its run.

    Attributes
    ----------
    member : PlannedMember
    model, data, held_out, arguments
        What `prepare_fit` takes.
    share : int
        How many members are trained at once.
    display : Display
        Told of every epoch of the population.
    kept : KeptFit or None
        What keeps the member, so that a killed population goes on.
    """

    member: PlannedMember
    model: keras.Model
    data: Dataset
    held_out: Dataset | None
    arguments: FitArguments
    share: int
    display: Display
    kept: KeptFit | None = None
    watch: "EpochWatch" = field(init=False)

    def __post_init__(self) -> None:
        taken = self.data.rows
        self.watch = EpochWatch(self.display, length_of(self.data) if taken is None else len(taken))

    def run(self) -> Run:
        """Train the member, and say what became of it."""
        kept = () if self.kept is None else (self.kept,)
        callbacks = [*self.member.callbacks, self.watch, *kept]
        run = prepare_fit(
            self.model,
            self.data,
            self.held_out,
            self.arguments,
            callbacks,
            began=perf_counter(),
            display=Display(0),
            share=self.share,
        ).train()
        if self.kept is not None and not self.watch.interrupted:
            self.kept.end(self.arguments.epochs)
        self._tell(run)
        return run

    def _tell(self, run: Run) -> None:
        epochs = len(run.epoch)
        self.display.advance(self.arguments.epochs - epochs, 0, {})
        what = f"member {self.member.settings.number}: {epochs} epochs in {run.seconds:.2f} s"
        if self.watch.diverged is not None:
            self.display.say(f"{what}, where its loss was no longer finite")
        else:
            last = {name: values[-1] for name, values in run.history.items() if values}
            self.display.say(f"{what}  {numbers(last)}")


class EpochWatch(keras.callbacks.Callback):
    """Ends a member whose loss is no longer finite, or whose population has been interrupted.

    Attributes
    ----------
    diverged : int or None
        The epoch whose loss was not finite, counted from 0.
    epochs : int
        How many had ended before the interruption.
    """

    kept_names = ("diverged", "epochs")

    def __init__(self, display: Display, rows: int) -> None:
        super().__init__()
        self.diverged: int | None = None
        self.epochs = 0
        self._display, self._rows = display, rows
        self._interrupted = Event()
        self._member: keras.Model | None = None

    @property
    def interrupted(self) -> bool:
        """Whether the member was told to end."""
        return self._interrupted.is_set()

    def went_on(self) -> None:
        """Tell of the epochs that had ended before."""
        self._display.advance(self.epochs, self.epochs * self._rows, {})

    def set_model(self, model: keras.Model) -> None:
        """Know the model without asking for it, which would have its state written into it."""
        super().set_model(model)
        self._member = model

    def interrupt(self) -> None:
        """End the member soon; called by another thread than that of the fit."""
        self._interrupted.set()
        if self._member is not None:
            self._member.stop_training = True

    def on_train_begin(self, logs: Any = None) -> None:
        """End before the first step where the interruption came before the fit."""
        if self._interrupted.is_set():
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Look at the losses."""
        losses = [value for name, value in (logs or {}).items() if name in ("loss", "val_loss")]
        if not np.isfinite(losses).all():
            self.diverged = epoch
        if not self._interrupted.is_set():
            self.epochs += 1
        if self.diverged is not None or self._interrupted.is_set():
            self.model.stop_training = True
        self._display.advance(1, self._rows, {})


class OutOfTime(Exception):
    """The time for all members is over."""


class TooLittleTime(InputError):
    """The time was over before any member had an epoch."""


Ended = Callable[[Job, Run], None]
"""Told of each member that was trained to its end, one at a time, by the thread that waits."""


def run_jobs(
    jobs: Iterable[Job], share: int, on_end: Ended, deadline: float | None = None
) -> tuple[list[tuple[Job, Run]], KeyboardInterrupt | OutOfTime | None]:
    """Train the members, `share` at a time, and build the next one meanwhile.

    Parameters
    ----------
    jobs : iterable of Job
    share : int
    on_end : callable
        Called soon after a member has ended; Ctrl-C waits until it returns.
    deadline : float, optional
        When to end as Ctrl-C does, by `time.perf_counter`.

    Returns
    -------
    cut_short : list of (Job, Run)
        The members that were kept from their end and had an epoch, in order.
    kept_from_it : KeyboardInterrupt, OutOfTime or None
        What kept them from it.

    Raises
    ------
    Exception
        Whatever a member's fit, or `on_end`, raised; the others are ended then.
    """
    flying: dict[Future[Run], Job] = {}
    cut_short: set[Future[Run]] = set()
    end: KeyboardInterrupt | OutOfTime | None = None
    with interruptible():
        with ThreadPoolExecutor(share) as pool:
            try:
                for job in jobs:
                    with uninterrupted():  # a member that runs is one that can be told to end
                        flying[pool.submit(job.run)] = job
                    _wait(flying, share, deadline, on_end)
                _wait(flying, 0, deadline, on_end)
            except BaseException as error:
                with uninterrupted():  # a second Ctrl-C would leave members untold
                    cut_short = {future for future in flying if not future.done()}
                    for future in cut_short:
                        future.cancel()
                        flying[future].watch.interrupt()
                    forget_interrupt()
                if not isinstance(error, KeyboardInterrupt | OutOfTime):
                    raise
                end = error
        whole = {
            future: job
            for future, job in flying.items()
            if not future.cancelled() and future.exception() is None
        }
        for future, job in whole.items():
            if future not in cut_short:
                on_end(job, future.result())
    return [
        (job, future.result())
        for future, job in whole.items()
        if future in cut_short and job.watch.epochs
    ], end


def _wait(
    flying: "dict[Future[Run], Job]", most: int, deadline: float | None, on_end: Ended
) -> None:
    """Wait until at most so many have not ended, and tell of those that have, or raise theirs."""
    _tell(flying, on_end)
    while len(flying) > most:
        with uninterrupted():  # as `result_of`
            wait(flying, LOOK, return_when=FIRST_COMPLETED)
        raise_if_interrupted()
        _tell(flying, on_end)
        if flying and deadline is not None and perf_counter() > deadline:
            raise OutOfTime
    raise_if_interrupted()


def _tell(flying: "dict[Future[Run], Job]", on_end: Ended) -> None:
    with uninterrupted():  # one that is told of is told of once
        for future in [future for future in flying if future.done()]:
            on_end(flying.pop(future), future.result())
