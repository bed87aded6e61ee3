"""Power scheduling: the learning rate decays quickly at first, then more and more slowly."""

from typing import Any

import keras

from epochal.checks import check_positive, check_rate, check_whole
from epochal.schedules.base import Schedule, array_module


@keras.saving.register_keras_serializable(package="epochal")
class PowerDecay(Schedule):
    """A learning rate that decays with a power of the step: lr0 / (1 + step / s)**c.

    With c = 1 it falls to lr0 / 2 after s steps, to lr0 / 3 after 2 s and to lr0 / 4 after 3 s, as
    does Keras' `InverseTimeDecay(lr0, s, 1.0)`.

    Parameters
    ----------
    initial_learning_rate : float
        The learning rate of step 0, lr0, above 0.
    decay_steps : int
        The number of steps s after which, with c = 1, the learning rate has halved; at least 1.
    power : float
        The exponent c, above 0.

    Raises
    ------
    InputError
        The learning rate or the power is not a finite number above 0, or there is less than 1
        step.

    References
    ----------
    A. Géron, "Hands-On Machine Learning with Scikit-Learn, Keras, and TensorFlow", 2nd edition,
    2019, chapter 11, "Learning Rate Scheduling".

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
            "decay_steps", decay_steps, 1, "give the steps after which the rate has halved"
        )
        self.power = check_positive("power", power, "give 1.0, or 0.5 for a slower decay")

    def __call__(self, step: Any) -> Any:
        """The learning rate at `step`, an int or an array of steps of any shape."""
        steps = array_module(step).array(step, "float32")
        return self.initial_learning_rate / (1 + steps / self.decay_steps) ** self.power

    def get_config(self) -> dict[str, Any]:
        """The arguments that the schedule was created with."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "power": self.power,
        }
