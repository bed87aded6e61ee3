"""Power scheduling: the rate falls quickly at first, then ever more slowly."""

from typing import Any

import keras

from epochal.checks import check_positive, check_rate, check_whole
from epochal.schedules.base import Schedule, array_module


@keras.saving.register_keras_serializable(package="epochal")
class PowerDecay(Schedule):
    """A rate that falls with a power of the step: lr0 / (1 + step / s)**c.

    With c = 1 it is half of the initial rate after s steps, a third after 2 s, a quarter after 3 s.
    Keras' `InverseTimeDecay(lr0, s, 1.0)` is this with c = 1.

    Parameters
    ----------
    initial_learning_rate : float
        The rate of step 0, lr0, above 0.
    decay_steps : int
        Steps in which 1 + step / s doubles, s, at least 1.
    power : float
        The power c, above 0.

    Raises
    ------
    InputError
        A rate or a power that is not a finite number above 0, fewer than 1 step.

    References
    ----------
    A. Géron, "Hands-On Machine Learning", 2nd edition, chapter 11, "Power scheduling".

    Examples
    --------
    >>> from epochal.schedules import PowerDecay
    >>> decay = PowerDecay(0.12, decay_steps=100)
    >>> [round(float(decay(step)), 3) for step in (0, 100, 200, 300)]
    [0.12, 0.06, 0.04, 0.03]
    """

    def __init__(self, initial_learning_rate: float, decay_steps: int, power: float = 1.0) -> None:
        super().__init__()
        self.initial_learning_rate = check_rate("initial_learning_rate", initial_learning_rate)
        self.decay_steps = check_whole(
            "decay_steps", decay_steps, 1, "give the steps after which the rate is to be a half"
        )
        self.power = check_positive("power", power, "give 1.0, or 0.5 to fall more slowly")

    def __call__(self, step: Any) -> Any:
        """The rate at `step`: an int, or an array of steps of any shape."""
        steps = array_module(step).array(step, "float32")
        return self.initial_learning_rate / (1 + steps / self.decay_steps) ** self.power

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this schedule again."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "power": self.power,
        }
