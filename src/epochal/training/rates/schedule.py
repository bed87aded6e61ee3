"""The schedule of a fit: looked at before it begins, and given the fit's length if it takes it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import keras
import numpy as np

from epochal.bridge.learning_rate import (
    check_constant_rate,
    check_momentum,
    cycles_momentum,
    optimizer_schedule,
)
from epochal.bridge.optimizer import (
    base_optimizer,
    own_momentum,
    set_momentum,
    with_momentum,
    with_rate,
)
from epochal.checks import check_boundaries
from epochal.compat._keras import iterations_variable
from epochal.engine.forked import fork_safe
from epochal.errors import InputError
from epochal.schedules.base import Schedule
from epochal.training.rates.steps import Rates


def check_schedule(model: keras.Model, schedule: Any) -> None:
    """Refuse a schedule, the fit's or the optimiser's, that cannot be followed, or such a rate."""
    schedule = optimizer_schedule(model) if schedule is None else schedule
    if schedule is None:
        check_constant_rate(model)
        return
    check_boundaries(schedule)
    check_momentum(model, schedule)
    if takes_length(schedule):
        return
    computed = schedule if isinstance(schedule, Schedule) else fork_safe(schedule)
    rate = np.asarray(computed(np.int32(0)))
    if rate.ndim or not np.isfinite(rate) or rate < 0:
        raise InputError(
            f"schedule must give one finite rate of at least 0 for each step, got {rate} from "
            f"{type(schedule).__name__} at step 0: check its arguments."
        )


def takes_length(schedule: Any) -> bool:
    """Whether `schedule`, one of epochal's, waits for the length of a fit."""
    return bool(getattr(schedule, "takes_length", False))


def schedule_of_fit(
    model: keras.Model, schedule: Any, steps_per_epoch: int | None, epochs: int
) -> Any:
    """The fit's schedule with its length; None where the optimiser's own rate or schedule rules.

    One in the optimiser that waits for a length is taken for the fit's.
    """
    own = optimizer_schedule(model)
    if schedule is None and takes_length(own):
        schedule = own
    if not takes_length(schedule) or epochs == 0:
        return None if takes_length(schedule) else schedule
    if steps_per_epoch is None:
        raise InputError(
            f"total_steps of {type(schedule).__name__} must be given where the data does not say "
            "how many batches it holds, got None: give it, or steps_per_epoch."
        )
    return schedule.for_steps(steps_per_epoch * epochs)


def rates_of_fit(
    model: keras.Model, schedule: Any, steps_per_epoch: int | None, epochs: int
) -> Rates:
    """What the engine is told of each step of a fit: see `schedule_of_fit`."""
    schedule = schedule_of_fit(model, schedule, steps_per_epoch, epochs)
    followed = optimizer_schedule(model) if schedule is None else schedule
    return Rates(model, schedule, cycles_momentum(followed))


@contextmanager
def followed_by_keras(model: keras.Model, schedule: Any) -> Iterator[keras.callbacks.Callback]:
    """Make Keras' own loop, which runs each step from Python, follow the fit's schedule.

    It is to run inside this, with the callback that this gives.
    """
    optimizer = base_optimizer(model.optimizer)
    begun = int(iterations_variable(optimizer))
    with ExitStack() as stack:
        followed: Any = optimizer_schedule(model)
        step = begun  # of the schedule that is followed

        def begin(logs: Any) -> None:
            nonlocal followed, step
            steps, epochs = callback.params["steps"], callback.params["epochs"]
            fitted = schedule_of_fit(model, schedule, steps, epochs)
            if fitted is not None:
                followed, step = fitted, 0
                rate = lambda: fitted(iterations_variable(optimizer) - begun)  # noqa: E731
                stack.enter_context(with_rate(optimizer, rate))
            if cycles_momentum(followed):
                stack.enter_context(with_momentum(optimizer, own_momentum(optimizer)))

        def begin_batch(batch: int, logs: Any) -> None:
            nonlocal step
            if cycles_momentum(followed):
                set_momentum(optimizer, float(followed.momentum_at(step)))
            step += model.steps_per_execution

        callback = keras.callbacks.LambdaCallback(
            on_train_begin=begin, on_train_batch_begin=begin_batch
        )
        yield callback
