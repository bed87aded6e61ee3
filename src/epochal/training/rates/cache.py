"""A schedule evaluated many steps at a time."""

from typing import Any

import jax
import numpy as np

from epochal.bridge.learning_rate import cycles_momentum
from epochal.engine.interpreter import run_with_numpy
from epochal.schedules.base import Schedule

AHEAD = 4096  # steps; evaluating them costs what evaluating one does


class ScheduleCache:
    """The rates of a schedule, float32, as they are asked for; with momenta where it cycles them.

    A small fit has epochs of a few dozen steps, and evaluating a schedule for each would take
    longer than training: so it is evaluated ahead, and again when another schedule comes.
    """

    def __init__(self) -> None:
        self._schedule: Any = None
        self._first = 0
        self._rates = np.empty(0, np.float32)

    def rates(self, schedule: Any, step: int, count: int) -> np.ndarray:
        """The rates of `count` steps from `step`, (count,); (count, 2) with the momenta."""
        last = self._first + len(self._rates)
        if schedule is not self._schedule or step < self._first or step + count > last:
            steps = step + np.arange(max(count, AHEAD), dtype=np.int32)
            self._schedule, self._first = schedule, step
            self._rates = np.asarray(_along(schedule, steps), np.float32)
        start = step - self._first
        return self._rates[start : start + count]


def _along(schedule: Any, steps: np.ndarray) -> Any:
    if not isinstance(schedule, Schedule):
        return run_with_numpy(jax.vmap(schedule))(steps)
    rates = schedule(steps)  # takes an array
    momenta = [schedule.momentum_at(steps)] if cycles_momentum(schedule) else []
    return np.stack([rates, *momenta], axis=1) if momenta else rates
