"""An exponentially rising learning rate, for the learning-rate range test."""

import math
from typing import Any

import keras

from epochal.checks import check_rate, check_steps
from epochal.errors import InputError
from epochal.schedules.base import Schedule, array_module


@keras.saving.register_keras_serializable(package="epochal")
class ExponentialRise(Schedule):
    """A learning rate that is multiplied by a constant factor at every step, for the range test.

    At step s it is start * (final / start) ** (s / (total_steps - 1)), which is `numpy.geomspace`
    over the steps with both ends included. After the last step it stays at `final_learning_rate`.

    Parameters
    ----------
    start_learning_rate : float
        The learning rate of step 0, above 0.
    final_learning_rate : float
        The learning rate of step `total_steps - 1`, above `start_learning_rate`.
    total_steps : int
        Number of training steps (batches), at least 2.

    Raises
    ------
    InputError
        A learning rate is not a finite number above 0, the final one is not above the first, or
        there are fewer than 2 steps.

    References
    ----------
    L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, section 3.3.

    Examples
    --------
    >>> from epochal.schedules import ExponentialRise
    >>> rise = ExponentialRise(0.001, 10.0, total_steps=5)
    >>> [round(float(rise(step)), 4) for step in range(5)]
    [0.001, 0.01, 0.1, 1.0, 10.0]
    """

    def __init__(
        self, start_learning_rate: float, final_learning_rate: float, total_steps: int
    ) -> None:
        super().__init__()
        self.start_learning_rate = check_rate("start_learning_rate", start_learning_rate)
        self.final_learning_rate = check_rate("final_learning_rate", final_learning_rate)
        self.total_steps = check_steps("total_steps", total_steps, least=2)
        if self.final_learning_rate <= self.start_learning_rate:
            raise InputError(
                "final_learning_rate must be above start_learning_rate, got "
                f"{final_learning_rate!r} after {start_learning_rate!r}: swap the two."
            )

    def __call__(self, step: Any) -> Any:
        """The learning rate at `step`, an int or an array of steps of any shape."""
        arithmetic = array_module(step)
        steps = arithmetic.array(step, "float32")
        progress = arithmetic.clip(steps / (self.total_steps - 1), 0.0, 1.0)
        span = math.log(self.final_learning_rate / self.start_learning_rate)
        return self.start_learning_rate * arithmetic.exp(span * progress)

    @property
    def length(self) -> int:
        """Number of steps of the rise."""
        return self.total_steps

    def get_config(self) -> dict[str, Any]:
        """The arguments that the schedule was created with."""
        return {
            "start_learning_rate": self.start_learning_rate,
            "final_learning_rate": self.final_learning_rate,
            "total_steps": self.total_steps,
        }
