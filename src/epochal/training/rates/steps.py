"""The learning rate and the momentum of every step of a fit, as they are decided."""

from typing import Any

import jax
import keras
import numpy as np

from epochal.bridge.learning_rate import constant_learning_rate, cycles_momentum, schedule_and_step
from epochal.bridge.optimizer import own_momentum
from epochal.engine import State, StepRates
from epochal.engine.interpreter import run_with_numpy
from epochal.schedules.base import Schedule

AHEAD = 4096  # steps; evaluating a schedule for them costs what evaluating it for one does


class Rates:
    """The rates of one fit.

    `schedule` is the one of this fit, None for the optimiser's own rate or schedule. With
    `cycles_momentum` every step has a momentum as well.
    """

    def __init__(self, model: keras.Model, schedule: Any, cycles_momentum: bool) -> None:
        self.schedule = schedule
        self.cycles_momentum = cycles_momentum
        self._model = model
        self._cache = ScheduleCache()

    def allocate(self, capacity: int) -> StepRates:
        """Zeros for so many steps."""
        zeros = np.zeros((2 if self.cycles_momentum else 1, capacity), np.float32)
        return StepRates(*zeros)

    def write(self, rates: StepRates, start: int, stop: int, *, state: State, step: int) -> None:
        """Decide the steps `start` to `stop` of `rates`: they are those from `step` of the fit."""
        found = self._decided(state, step, stop - start)
        rates.learning_rate[start:stop] = found.learning_rate
        if rates.momentum is None:
            return
        # A callback may have put a rate in the place of a schedule that cycles the momentum.
        own = own_momentum(self._model.optimizer) if found.momentum is None else found.momentum
        rates.momentum[start:stop] = own

    def _decided(self, state: State, step: int, count: int) -> StepRates:
        schedule = self.schedule
        if schedule is None:
            schedule, step = schedule_and_step(self._model, state)
        if schedule is None:
            rate = constant_learning_rate(self._model, state)
            return StepRates(np.full(count, rate, np.float32))
        return self._cache.rates(schedule, step, count)


class ScheduleCache:
    """A schedule evaluated many steps at a time.

    A small fit has epochs of a few dozen steps, and evaluating a schedule for each would take
    longer than training: so it is evaluated ahead, and again when another schedule comes.
    """

    def __init__(self) -> None:
        self._schedule: Any = None
        self._first = 0
        self._rates = StepRates(np.empty(0, np.float32))

    def rates(self, schedule: Any, step: int, count: int) -> StepRates:
        """The rates of `count` steps from `step`; with momenta where the schedule cycles them."""
        last = self._first + len(self._rates.learning_rate)
        if schedule is not self._schedule or step < self._first or step + count > last:
            steps = step + np.arange(max(count, AHEAD), dtype=np.int32)
            self._schedule, self._first = schedule, step
            self._rates = _along(schedule, steps)
        start = step - self._first
        return self._rates.span(start, start + count)


def _along(schedule: Any, steps: np.ndarray) -> StepRates:
    if not isinstance(schedule, Schedule):
        return StepRates(np.asarray(run_with_numpy(jax.vmap(schedule))(steps), np.float32))
    rates = np.asarray(schedule(steps), np.float32)  # one of epochal's takes an array
    if not cycles_momentum(schedule):
        return StepRates(rates)
    return StepRates(rates, np.asarray(schedule.momentum_at(steps), np.float32))
