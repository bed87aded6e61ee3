"""What the engine is told of each step: its rate and, where that cycles, its momentum."""

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from epochal.bridge.learning_rate import constant_learning_rate, schedule_and_step
from epochal.bridge.optimizer import own_momentum
from epochal.engine import State
from epochal.training.rates.cache import ScheduleCache


@dataclass
class Rates:
    """The rates of a fit, as far as they are decided.

    `schedule` is the one of this fit, None for the optimiser's own; with `momentum` every step has
    two numbers, (steps, 2), else one, (steps,).
    """

    model: keras.Model
    schedule: Any
    momentum: bool
    lookahead: ScheduleCache = field(default_factory=ScheduleCache)

    def room(self, capacity: int) -> np.ndarray:
        """Zeros for so many steps."""
        return np.zeros((capacity, 2) if self.momentum else capacity, np.float32)

    def next(self, state: State, step: int, count: int) -> np.ndarray:
        """Those of the next `count` steps, of which the first is number `step` of the fit."""
        schedule = self.schedule
        if schedule is None:
            schedule, step = schedule_and_step(self.model, state)
        if schedule is None:
            rates = np.full(count, constant_learning_rate(self.model, state), np.float32)
        else:
            rates = self.lookahead.rates(schedule, step, count)
        # A callback may have put a rate in the place of a schedule with a momentum, or the reverse.
        if self.momentum and rates.ndim == 1:
            held = np.full(count, own_momentum(self.model.optimizer), np.float32)
            return np.stack([rates, held], axis=1)
        return rates if self.momentum or rates.ndim == 1 else rates[:, 0]


def rate_of(rates: np.ndarray) -> np.ndarray:
    """The rates alone, (steps,)."""
    return rates if rates.ndim == 1 else rates[:, 0]


def momentum_of(rates: np.ndarray) -> np.ndarray:
    """The momenta alone, (steps,); empty where none were cycled."""
    return np.empty(0, np.float32) if rates.ndim == 1 else rates[:, 1]
