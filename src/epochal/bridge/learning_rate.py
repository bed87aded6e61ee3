"""The learning rate of an optimiser: a number, or the schedule that it was made with."""

import math
from typing import Any

import keras
import numpy as np
from keras.optimizers.schedules import LearningRateSchedule

from epochal.bridge.optimizer import base_optimizer, momentum_name
from epochal.compat._keras import iterations_variable, learning_rate_attribute
from epochal.engine import State
from epochal.errors import InputError


def cycles_momentum(schedule: Any) -> bool:
    """Whether `schedule` says what each step's momentum is, as one of epochal's may."""
    return bool(getattr(schedule, "cycles_momentum", False))


def check_momentum(model: keras.Model, schedule: Any) -> None:
    """Refuse a schedule that cycles a momentum which the optimiser does not have."""
    optimizer = base_optimizer(model.optimizer)
    if cycles_momentum(schedule) and momentum_name(optimizer) is None:
        raise InputError(
            "schedule must not cycle the momentum where the optimizer does not use one, got "
            f"{type(optimizer).__name__}: compile the model with SGD(momentum=0.9) or Adam, or "
            "leave momentum= out of the schedule."
        )


def optimizer_schedule(model: keras.Model) -> LearningRateSchedule | None:
    """The schedule that the optimiser was made with, if any."""
    schedule = learning_rate_attribute(base_optimizer(getattr(model, "optimizer", None)))
    return schedule if isinstance(schedule, LearningRateSchedule) else None


def schedule_and_step(model: keras.Model, state: State) -> tuple[Any, int]:
    """The optimiser's own schedule, or None, and the step at which it stands."""
    schedule = optimizer_schedule(model)
    if schedule is None:
        return None, 0
    return schedule, int(_value(model, state, iterations_variable(base_optimizer(model.optimizer))))


def constant_learning_rate(model: keras.Model, state: State) -> float:
    """The optimiser's learning rate, where it has no schedule; NaN where it has none at all."""
    rate = learning_rate_attribute(base_optimizer(model.optimizer), np.nan)
    if isinstance(rate, keras.Variable):
        return _checked(float(_value(model, state, rate)))
    return float(rate() if callable(rate) else rate)


def check_constant_rate(model: keras.Model) -> None:
    """Refuse, before anything is trained, a model whose learning rate cannot be meant."""
    rate = learning_rate_attribute(base_optimizer(model.optimizer), np.nan)
    if isinstance(rate, keras.Variable):
        _checked(float(np.asarray(rate.value)))


def _checked(rate: float) -> float:
    if not (math.isfinite(rate) and rate >= 0):
        raise InputError(
            f"The learning rate must be a finite number of at least 0, got {rate:g}: set "
            "model.optimizer.learning_rate, to 0.01 for example."
        )
    return rate


def _value(model: keras.Model, state: State, variable: Any) -> Any:
    """The value in `state` of one of the optimiser's variables."""
    for one, value in zip(model.optimizer.variables, state.optimizer, strict=True):
        if one is variable:
            return np.asarray(value)
    raise KeyError(variable.path)
