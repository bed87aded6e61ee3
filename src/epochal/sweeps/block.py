"""A block of trials as one population: so many settings, each with its replicates."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.errors import InputError, suggest
from epochal.sweeps.pruning import Progress, Report, Watch
from epochal.training.population import Member, train_population
from epochal.training.population.running import TooLittleTime
from epochal.training.population.settings import Builder


class Replicate(NamedTuple):
    """What a fit of a trial has beside the trial's settings: its seed, and its rows.

    All trials have the same replicates, so that settings are compared by pairs of fits.
    """

    seed: int
    rows: tuple[NDArray, NDArray] | None  # to train on, and left out; None trains on all


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is the same in all blocks.

    Attributes
    ----------
    source : keras.Model or callable
        As `train_population` takes it.
    replicates : sequence of Replicate
        The fits of a trial.
    fit : dict
        Arguments of `train_population` beside the members'.
    callbacks : sequence of keras.callbacks.Callback
    objective : str
        What is looked at in a fit's history.
    as_member : callable
        A member's settings from a trial's.
    """

    source: keras.Model | Builder
    x: Any
    y: Any
    replicates: Sequence[Replicate]
    fit: Mapping[str, Any]
    callbacks: Sequence[keras.callbacks.Callback]
    objective: str
    as_member: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What came of one fit of a trial.

    Attributes
    ----------
    value : float or None
        The objective after the epoch whose weights are kept; None where the loss was no longer
        finite.
    epochs, weights : int
        Epochs trained, and trainable parameters.
    seconds : float
    """

    value: float | None
    epochs: int
    weights: int
    seconds: float


@dataclass(kw_only=True)
class Block:
    """A block of trials while it is trained.

    Attributes
    ----------
    settings : sequence of dict
        Those of each trial.
    on_trial : callable
        Called with a trial's place in the block and its fits when all of them have ended.
    on_fit : callable
        Called after each fit.
    report : callable or None
        Told of each epoch; says whether the trial shall be pruned.
    share : int or None
        How many fits are trained at once; None takes all cores.
    """

    job: Job
    settings: Sequence[Mapping[str, Any]]
    on_trial: Callable[[int, list[Fit]], None]
    on_fit: Callable[[], None] = lambda: None
    report: Report | None = None
    share: int | None = None
    fits: dict[int, dict[int, Fit]] = field(default_factory=dict)
    _callbacks: dict[int, list[keras.callbacks.Callback]] = field(default_factory=dict)

    def train(self, seconds: float | None = None) -> str:
        """Train it; "" where it ended by itself, else "interrupted" or "out of time".

        Raises
        ------
        InputError
            As `train_population` does, and where the objective is not in the history.
        """
        job, count = self.job, len(self.settings)
        epochs = int(job.fit.get("epochs", 1))
        self._progress = [Progress(place, epochs, self.report) for place in range(count)]
        self._order = order_of(count, len(job.replicates), by_replicate=self.report is not None)
        members = [job.as_member(settings) for settings in self.settings]
        every = [(job.replicates[replicate], place) for replicate, place in self._order]
        try:
            population = train_population(
                job.source,
                job.x,
                job.y,
                members=[{**members[place], "seed": one.seed} for one, place in every],
                rows=None if job.replicates[0].rows is None else [one.rows for one, _ in every],
                callbacks=self._callbacks_of,
                seconds=seconds,
                on_member=self._ended,
                at_once=self.share,
                verbose=0,
                **job.fit,
            )
        except KeyboardInterrupt:
            return "interrupted"
        except TooLittleTime:
            return "out of time"
        if population.interrupted:
            return "interrupted"
        return "out of time" if population.out_of_time else ""

    @property
    def pruned(self) -> list[int]:
        """The places of the trials that were pruned."""
        return [each.place for each in self._progress if each.pruned]

    def _callbacks_of(self, number: int) -> list[keras.callbacks.Callback] | None:
        replicate, place = self._order[number]
        progress = self._progress[place]
        if progress.pruned:
            return None
        own = deepcopy(list(self.job.callbacks))
        if self.report is not None:
            own.append(Watch(progress, replicate, self.job.objective))
        self._callbacks[number] = own
        return own

    def _ended(self, member: Member) -> None:
        """A fit has ended, and perhaps its trial."""
        replicate, place = self._order[member.number]
        callbacks = self._callbacks.pop(member.number)
        if self._progress[place].pruned:
            return
        self.fits.setdefault(place, {})[replicate] = Fit(
            value=value_of(member, self.job.objective, callbacks),
            epochs=len(member.run.epoch),
            weights=sum(int(np.prod(each.shape)) for each in member.run.model.trainable_weights),
            seconds=member.run.timing.total,
        )
        self._progress[place].ended(replicate)
        self.on_fit()
        own = self.fits[place]
        if len(own) == len(self.job.replicates):
            self.on_trial(place, [own[number] for number in sorted(own)])


def order_of(trials: int, replicates: int, *, by_replicate: bool) -> list[tuple[int, int]]:
    """The fits of a block in order, each as its replicate and the place of its trial.

    Trial by trial, so that a time that is over or Ctrl-C leaves few trials half done, and a program
    that is compiled for a trial's shapes serves its next fits. But all first fits come first where
    trials are pruned: one that falls behind has had one fit.

    Examples
    --------
    >>> order_of(2, 2, by_replicate=False), order_of(2, 2, by_replicate=True)
    ([(0, 0), (1, 0), (0, 1), (1, 1)], [(0, 0), (0, 1), (1, 0), (1, 1)])
    """
    if by_replicate:
        return [(one, place) for one in range(replicates) for place in range(trials)]
    return [(one, place) for place in range(trials) for one in range(replicates)]


def value_of(
    member: Member, objective: str, callbacks: Sequence[keras.callbacks.Callback]
) -> float | None:
    """The objective of the weights that a fit has kept; None where it diverged."""
    if member.diverged is not None:
        return None
    history = member.run.history
    if objective not in history:
        raise InputError(
            f"objective must be a name in the history of a fit, one of {', '.join(history)}, got "
            f"{objective!r}: name one of them.{suggest(objective, history)}"
        )
    values = history[objective]
    kept = len(values) - 1
    for callback in callbacks:
        restores = isinstance(callback, keras.callbacks.EarlyStopping)
        if restores and callback.restore_best_weights:
            kept = callback.best_epoch
    value = float(values[kept])
    return value if np.isfinite(value) else None
