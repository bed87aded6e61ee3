"""Cosine decay over the whole fit."""

from math import pi
from typing import Any

from epochal.checks import check_rate, check_whole
from epochal.schedules.base import Schedule, array_module


class CosineDecay(Schedule):
    """A learning rate that falls to 0 along half a cosine: lr0 * (1 + cos(pi * step / steps)) / 2.

    Keras' schedule of this name without warm-up; this one takes its length from the fit, and its
    rates need no compilation.

    Parameters
    ----------
    initial_learning_rate : float
        The learning rate of step 0, lr0, above 0.
    total_steps : int, optional
        The step from which the rate is 0, at least 1; None takes the length of the fit.

    Raises
    ------
    InputError
        The learning rate is not a finite number above 0, or there is less than 1 step.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: Stochastic gradient descent with warm restarts", 2016.

    Examples
    --------
    >>> decay = CosineDecay(0.1, total_steps=100)
    >>> [round(float(decay(step)), 3) for step in (0, 50, 100)]
    [0.1, 0.05, 0.0]
    """

    def __init__(self, initial_learning_rate: float, total_steps: int | None = None) -> None:
        super().__init__()
        self.initial_learning_rate = check_rate("initial_learning_rate", initial_learning_rate)
        self.total_steps = total_steps
        if total_steps is not None:
            check_whole("total_steps", total_steps, 1, "give the number of steps of the fit")

    @property
    def length(self) -> int | None:
        """Number of steps until the rate is 0; None where it takes its length from the fit."""
        return self.total_steps

    @property
    def takes_length(self) -> bool:
        """Whether the schedule takes its length from the fit, and has none yet."""
        return self.total_steps is None

    def for_steps(self, total_steps: int) -> "CosineDecay":
        """Return the schedule over `total_steps` steps, where it takes its length from the fit."""
        return CosineDecay(self.initial_learning_rate, total_steps) if self.takes_length else self

    def __call__(self, step: Any) -> Any:
        """The learning rate at `step`, an int or an array of steps of any shape."""
        module = array_module(step)
        steps = module.array(step, "float32")
        part = module.minimum(steps / (self.total_steps or 1), 1.0)
        return self.initial_learning_rate * 0.5 * (1 + module.cos(pi * part))

    def get_config(self) -> dict[str, Any]:
        """The arguments that the schedule was created with."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "total_steps": self.total_steps,
        }
