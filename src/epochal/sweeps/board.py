"""What a sweep asks of a study and tells it: trials, each told once, whoever dies meanwhile."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from optuna import Study, Trial
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from epochal.interrupts import uninterrupted
from epochal.sweeps.fits import Fit
from epochal.sweeps.sampling import RETRY_OF, originals_before
from epochal.sweeps.space import Space
from epochal.sweeps.workers import Worker

RESULT, WORKER, SURPLUS = "fits", "worker", "surplus"
_TOLD = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True, kw_only=True)
class Board:
    """The trials of a study, as one worker takes them and gives them back.

    Attributes
    ----------
    most : int or None
        So many trials are told in all; None is no limit.
    """

    study: Study
    space: Space
    worker: Worker
    most: int | None
    higher: bool
    taken: dict[int, Trial] = field(default_factory=dict)

    def told(self) -> int:
        """How many trials have been told, by whom ever."""
        return len(self._trials(*_TOLD))

    def left(self) -> int | None:
        """How many trials are left to tell; None is no limit."""
        return None if self.most is None else max(0, self.most - self.told())

    def is_full(self) -> bool:
        """Whether as many are told or taken as are wanted."""
        return self.most is not None and _told_or_taken(self._trials()) >= self.most

    def ask(self, count: int) -> list[Trial]:
        """Up to `count` trials that are this worker's now; none where all are told or taken."""
        every = self._trials()  # read once: reading is most of what a trial costs
        if self._retry_those_of_the_dead(every):
            every = self._trials()
        if self.most is not None:
            count = min(count, self.most - _told_or_taken(every))
        asked: list[Trial] = []
        while len(asked) < count:
            trial = self._ask(every)
            if trial is None:
                break
            asked.append(trial)
        return asked

    @uninterrupted()
    def _ask(self, every: Sequence[FrozenTrial]) -> Trial | None:
        trial = self.study.ask(self.space.distributions)
        trial.set_user_attr(WORKER, self.worker.name)
        if self._is_too_many(trial, every):
            trial.set_user_attr(SURPLUS, True)
            self._fail(trial.number)
            return None
        self.taken[trial.number] = trial
        return trial

    @uninterrupted()
    def tell(self, number: int, fits: Sequence[Fit], *, pruned: bool = False) -> None:
        """A trial has ended: its value is the mean over its fits."""
        trial = self.taken.pop(number)
        trial.set_user_attr(RESULT, [asdict(fit) for fit in fits])
        if pruned:
            self.study.tell(trial, state=TrialState.PRUNED, skip_if_finished=True)
        else:
            self.study.tell(trial, mean_value(fits, self.higher), skip_if_finished=True)

    @uninterrupted()
    def give_back(self) -> None:
        """What is taken and not told can be taken again, by this sweep or another."""
        for number in sorted(self.taken):
            self._retry(self._trials()[number])
        self.taken.clear()

    def _retry_those_of_the_dead(self, every: Sequence[FrozenTrial]) -> bool:
        """Have trials tried again whose worker died on them; whether there were any."""
        alive, retried = self.worker.others(), False  # who is in `every` has said so before
        for trial in every:
            owner = trial.user_attrs.get(WORKER)
            # Without an owner it was asked for an instant ago, or its owner died in that instant.
            orphan = not alive if owner is None else owner not in alive
            running = trial.state is TrialState.RUNNING and trial.number not in self.taken
            if running and orphan:
                self._retry(trial)
                retried = True
        if not alive and _forgotten(every):  # perhaps one died in the middle of `_retry`
            for trial in _forgotten(self._trials()):
                self._enqueue_again(trial)
                retried = True
        return retried

    def _retry(self, trial: FrozenTrial) -> None:
        """Mark a trial as failed and have its settings tried again: the first who does so does."""
        if self._fail(trial.number):
            self._enqueue_again(trial)

    def _enqueue_again(self, trial: FrozenTrial) -> None:
        self.study.enqueue_trial(trial.params, user_attrs={RETRY_OF: trial.number})

    def _fail(self, number: int) -> bool:
        """Whether this was the first to do it."""
        try:
            self.study.tell(number, state=TrialState.FAIL)
        except (ValueError, UpdateFinishedTrialError):  # it has ended
            return False
        return True

    def _is_too_many(self, trial: Trial, every: Sequence[FrozenTrial]) -> bool:
        """Whether as many as are wanted came before: several workers may ask at one moment."""
        if self.most is None:
            return False
        if trial.number > len(every):  # others came between
            every = self._trials()
        return originals_before(every, trial) >= self.most

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=states or None)


def _told_or_taken(every: Sequence[FrozenTrial]) -> int:
    return sum(trial.state in (*_TOLD, TrialState.RUNNING) for trial in every)


def _forgotten(every: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """The trials that failed and were not queued again."""
    retried = {trial.user_attrs.get(RETRY_OF) for trial in every}
    return [
        trial
        for trial in every
        if trial.state is TrialState.FAIL
        and trial.number not in retried
        and SURPLUS not in trial.user_attrs
    ]


def mean_value(fits: Sequence[Fit], higher: bool) -> float:
    """The mean over fits; the worst number there is where one of them diverged."""
    values = [np.nan if fit.value is None else fit.value for fit in fits]
    mean = float(np.mean(values))
    return mean if np.isfinite(mean) else (-np.inf if higher else np.inf)
