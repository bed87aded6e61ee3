"""Trials as one population, whose members are asked for when their turn comes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import keras

from epochal.interrupts import forget_interrupt
from epochal.sweeps.fits import Fit, Job, fit_of
from epochal.sweeps.pruning import Progress, Report, Watch
from epochal.training.population import Member
from epochal.training.population.members import PlannedMember
from epochal.training.population.settings import MemberSettings
from epochal.training.population.stream import train_stream


@dataclass(kw_only=True)
class Trial:
    """A trial while its fits are trained.

    Attributes
    ----------
    settings : dict
        Of its members.
    fits : dict of int to Fit
        What has ended, by replicate.
    flying : int
        How many of its fits have begun and not ended.
    """

    number: int
    settings: Mapping[str, Any]
    progress: Progress
    fits: dict[int, Fit] = field(default_factory=dict)
    flying: int = 0


@dataclass(kw_only=True)
class Stream:
    """Fits of trials, as many at once as there are cores, until no trial is left to ask for.

    Attributes
    ----------
    ask : callable
        The settings of the next trials, by their numbers; none ends the stream. Of trials that are
        asked for together all first fits come first, so that one that falls behind has had one fit.
    on_trial : callable
        Called with a trial's number, its fits, and whether it was pruned, when none of them is
        under way any more.
    on_fit : callable
        Called with each fit, behind that.
    report : callable or None
        Told of each epoch; says whether the trial shall be pruned.
    at_once : int or None
        How many fits are trained at once; None takes the number of cores.
    most : int or None
        How many fits there are at most, where that is known.
    """

    job: Job
    ask: Callable[[], Mapping[int, Mapping[str, Any]]]
    on_trial: Callable[[int, Sequence[Fit], bool], None]
    on_fit: Callable[[Fit], None] = lambda fit: None
    report: Report | None = None
    at_once: int | None = None
    most: int | None = None
    _begun: int = 0
    _flying: dict[int, tuple[Trial, int, list[keras.callbacks.Callback]]] = field(
        default_factory=dict
    )

    def train(self, deadline: float | None = None) -> str:
        """Train them; "" where it ended by itself, else "interrupted" or "out of time".

        Raises
        ------
        InputError
            As `train_population` does, and where the objective is not in the history.
        """
        job = self.job
        try:
            early = train_stream(
                job.source,
                job.x,
                job.y,
                self._members(),
                on_member=self._ended,
                most=self.most,
                at_once=self.at_once,
                deadline=deadline,
                epochs=job.epochs,
                **job.fit,
            )
        except KeyboardInterrupt as error:
            forget_interrupt()
            early = error
        if early is None:
            return ""
        return "interrupted" if isinstance(early, KeyboardInterrupt) else "out of time"

    def _members(self) -> Iterator[PlannedMember]:
        while asked := self.ask():
            trials = [self._trial(number, settings) for number, settings in asked.items()]
            for replicate in range(len(self.job.replicates)):
                for trial in trials:
                    if not trial.progress.pruned:
                        yield self._member(trial, replicate)

    def _trial(self, number: int, settings: Mapping[str, Any]) -> Trial:
        progress = Progress(number, self.job.epochs, self.report)
        return Trial(number=number, settings=self.job.as_member(settings), progress=progress)

    def _member(self, trial: Trial, replicate: int) -> PlannedMember:
        number, (seed, rows) = self._begun, self.job.replicates[replicate]
        callbacks = deepcopy(list(self.job.callbacks))
        if self.report is not None:
            callbacks.append(Watch(trial.progress, replicate, self.job.objective))
        self._flying[number] = trial, replicate, callbacks
        self._begun, trial.flying = number + 1, trial.flying + 1
        settings = MemberSettings(number=number, settings=trial.settings, seed=seed)
        return PlannedMember(settings=settings, rows=rows, callbacks=callbacks)

    def _ended(self, member: Member) -> None:
        """A fit has ended, and perhaps its trial."""
        trial, replicate, callbacks = self._flying.pop(member.number)
        trial.flying -= 1
        fit = None
        if not trial.progress.pruned:
            fit = fit_of(member, self.job.objective, callbacks)
            trial.fits[replicate] = fit
            trial.progress.ended(replicate)
        pruned, whole = trial.progress.pruned, len(trial.fits) == len(self.job.replicates)
        if not trial.flying and (pruned or whole):
            self.on_trial(trial.number, [trial.fits[at] for at in sorted(trial.fits)], pruned)
        if fit is not None:
            self.on_fit(fit)
