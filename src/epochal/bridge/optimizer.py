"""An optimiser's learning rate, schedule and momentum: read, and swapped while a step is traced."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras.optimizers.schedules import LearningRateSchedule

from epochal.bridge.patches import base_optimizer
from epochal.compat._keras import iterations_variable, learning_rate_attribute
from epochal.engine import State
from epochal.errors import InputError


def cycles_momentum(schedule: Any) -> bool:
    """Whether `schedule` says what each step's momentum is, as one of epochal's may."""
    return bool(getattr(schedule, "cycles_momentum", False))


def momentum_name(optimizer: Any) -> str | None:
    """The attribute that a cycle moves: "beta_1", "momentum"; None where there is none in use."""
    if hasattr(optimizer, "beta_1"):
        return "beta_1"
    return "momentum" if getattr(optimizer, "momentum", 0) else None


def check_momentum(model: keras.Model, schedule: Any) -> None:
    """Refuse a schedule that cycles a momentum which the optimiser does not have."""
    optimizer = base_optimizer(model.optimizer)
    if cycles_momentum(schedule) and momentum_name(optimizer) is None:
        raise InputError(
            f"schedule cycles the momentum, which the model's {type(optimizer).__name__} does not "
            "use: compile the model with SGD(momentum=0.9) or Adam, or leave momentum= out of the "
            "schedule."
        )


def own_momentum(optimizer: Any) -> float:
    """The momentum of an optimiser whose schedule does not say another."""
    name = momentum_name(base_optimizer(optimizer))
    return float(getattr(base_optimizer(optimizer), name)) if name else np.nan


@contextmanager
def with_momentum(optimizer: Any, momentum: Any) -> Iterator[None]:
    """Inside this `optimizer` has `momentum`, an array that may be traced, in place of its own."""
    optimizer = base_optimizer(optimizer)
    name = momentum_name(optimizer)
    if name is None:  # a callback has put another optimiser's rate in its place
        yield
        return
    before = getattr(optimizer, name)
    # Around the optimiser's own __setattr__, which would track the change as state.
    object.__setattr__(optimizer, name, momentum if name == "beta_1" else _InUse(momentum))
    try:
        yield
    finally:
        object.__setattr__(optimizer, name, before)


class _InUse:
    """A traced momentum of which an optimiser may ask whether it is in use: it always is."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __jax_array__(self) -> Any:
        return self._value

    def __ne__(self, other: object) -> bool:
        return True

    def __gt__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


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
        return float(_value(model, state, rate))
    return float(rate() if callable(rate) else rate)


def _value(model: keras.Model, state: State, variable: Any) -> Any:
    """The value in `state` of one of the optimiser's variables."""
    for one, value in zip(model.optimizer.variables, state.optimizer, strict=True):
        if one is variable:
            return np.asarray(value)
    raise KeyError(variable.path)
