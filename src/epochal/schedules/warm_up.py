"""Warm-up: a few steps of small learning rates before a schedule starts."""

from typing import Any

import keras
from keras import ops
from keras.optimizers.schedules import LearningRateSchedule

from epochal.checks import check_boundaries, check_whole
from epochal.errors import InputError
from epochal.schedules.base import Schedule


@keras.saving.register_keras_serializable(package="epochal")
class WarmUp(Schedule):
    """A linear increase to the first learning rate of another schedule, which then starts.

    With W warm-up steps, the learning rate of step s is schedule(0) * (s + 1) / (W + 1) for s < W,
    and schedule(s - W) from then on: no step has a learning rate of 0, and the schedule loses none
    of its steps.

    Parameters
    ----------
    schedule : keras.optimizers.schedules.LearningRateSchedule
        The schedule that follows. Where it cycles the momentum, the momentum stays at its first
        value during the warm-up.
    warmup_steps : int
        Number of warm-up steps, W, at least 1.

    Raises
    ------
    InputError
        `schedule` is not a schedule, its boundaries are out of order, or there is less than 1
        warm-up step; the fit is not longer than the warm-up, where the schedule takes its length
        from the fit.

    References
    ----------
    P. Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017,
    arXiv:1706.02677, section 2.2.

    Examples
    --------
    >>> from epochal.schedules import ExponentialDecay, WarmUp
    >>> warm = WarmUp(ExponentialDecay(0.4, 100, 0.5), warmup_steps=3)
    >>> [round(float(warm(step)), 3) for step in (0, 1, 2, 3, 103)]
    [0.1, 0.2, 0.3, 0.4, 0.2]
    """

    def __init__(self, schedule: LearningRateSchedule, warmup_steps: int) -> None:
        super().__init__()
        if not isinstance(schedule, LearningRateSchedule):
            raise InputError(
                f"schedule must be a Keras LearningRateSchedule, got {schedule!r}: "
                "give for example PowerDecay(0.01, 1000)."
            )
        check_boundaries(schedule)
        self.schedule = schedule
        self.warmup_steps = check_whole(
            "warmup_steps", warmup_steps, 1, "give about a twentieth of all training steps"
        )

    def __call__(self, step: Any) -> Any:
        """The learning rate at `step`, an int or an array of steps of any shape."""
        steps = ops.cast(step, "float32")
        ramp = self.schedule(0) * (steps + 1) / (self.warmup_steps + 1)
        return ops.where(steps < self.warmup_steps, ramp, self.schedule(self._scheduled_step(step)))

    def _scheduled_step(self, step: Any) -> Any:
        """The step of the schedule that follows; 0 during the warm-up."""
        return ops.maximum(ops.convert_to_tensor(step) - self.warmup_steps, 0)

    @property
    def length(self) -> int | None:
        """Number of steps of the warm-up and the schedule; None where that has no length."""
        length = getattr(self.schedule, "length", None)
        return None if length is None else self.warmup_steps + int(length)

    @property
    def takes_length(self) -> bool:
        """Whether the schedule takes its length from the fit, and has none yet."""
        return isinstance(self.schedule, Schedule) and self.schedule.takes_length

    def for_steps(self, total_steps: int) -> "WarmUp":
        """Return a copy over `total_steps` steps in all, where the schedule takes its length so."""
        if not isinstance(self.schedule, Schedule) or not self.takes_length:
            return self
        left = total_steps - self.warmup_steps
        if left < 1:
            raise InputError(
                f"warmup_steps must be below the steps of the fit, got {self.warmup_steps} of "
                f"{total_steps}: warm up for fewer steps, or train for more epochs."
            )
        return WarmUp(self.schedule.for_steps(left), self.warmup_steps)

    @property
    def cycles_momentum(self) -> bool:
        """Whether the schedule that follows cycles the momentum."""
        return isinstance(self.schedule, Schedule) and self.schedule.cycles_momentum

    def momentum_at(self, step: Any) -> Any:
        """The momentum of the schedule that follows; its first value during the warm-up."""
        if not isinstance(self.schedule, Schedule):
            return super().momentum_at(step)
        return self.schedule.momentum_at(self._scheduled_step(step))

    def get_config(self) -> dict[str, Any]:
        """The arguments that the schedule was created with."""
        return {
            "schedule": keras.saving.serialize_keras_object(self.schedule),
            "warmup_steps": self.warmup_steps,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "WarmUp":
        """Create the schedule from what `get_config` returned."""
        schedule = config["schedule"]
        if isinstance(schedule, dict):
            schedule = keras.saving.deserialize_keras_object(schedule)
        return cls(schedule, config["warmup_steps"])
