"""A momentum that a schedule cycles: which number of an optimiser it is, and how it is swapped.

As `1cycle` has it: step s is trained as if that number had been set on the optimiser before the
step. Keras' optimisers hold it as a Python number, which a compiled step takes for a constant.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from epochal.errors import InputError
from epochal.training.tracing import innermost


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
    optimizer = innermost(model.optimizer)
    if cycles_momentum(schedule) and momentum_name(optimizer) is None:
        raise InputError(
            f"schedule cycles the momentum, which the model's {type(optimizer).__name__} does not "
            "use: compile the model with SGD(momentum=0.9) or Adam, or leave momentum= out of the "
            "schedule."
        )


def own_momentum(optimizer: Any) -> float:
    """The momentum of an optimiser whose schedule does not say another."""
    name = momentum_name(innermost(optimizer))
    return float(getattr(innermost(optimizer), name)) if name else np.nan


@contextmanager
def with_momentum(optimizer: Any, momentum: Any) -> Iterator[None]:
    """Inside this `optimizer` has `momentum`, an array that may be traced, in place of its own."""
    optimizer = innermost(optimizer)
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
