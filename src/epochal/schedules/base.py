"""What epochal's schedules have beyond Keras': a length, a momentum, a drawing of themselves."""

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from epochal.errors import InputError
from epochal.plots.schedules import schedule as draw

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def array_module(step: Any) -> Any:
    """What computes with `step`: NumPy for its own numbers, else `keras.ops`, which is traced.

    NumPy is there at once: JAX compiles each operation when it first meets it, and a schedule of
    a dozen of them would take longer than training a small network.
    """
    return np if isinstance(step, np.ndarray | np.generic) else keras.ops


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """A Keras schedule whose `__call__` also takes an array of steps, and what else it may have."""

    @property
    def length(self) -> int | None:
        """Steps that the schedule is made for; None where it has no end, or takes the fit's."""
        return None

    @property
    def takes_length(self) -> bool:
        """Whether its length is still to be taken from a fit."""
        return False

    def for_steps(self, total_steps: int) -> "Schedule":
        """Return the schedule over `total_steps` steps, where it takes its length from the fit."""
        return self

    @property
    def cycles_momentum(self) -> bool:
        """Whether `momentum_at` says what the optimiser's momentum is to be."""
        return False

    def momentum_at(self, step: Any) -> Any:
        """The momentum at `step`, where the schedule cycles it: an int, or an array of steps."""
        raise NotImplementedError(f"{type(self).__name__} leaves the momentum as it is")

    def plot(
        self,
        steps: int | None = None,
        *,
        steps_per_epoch: int | None = None,
        logarithmic: bool = False,
    ) -> "Figure":
        """Draw the rate of every step: `epochal.plots.schedule`.

        Parameters
        ----------
        steps : int, optional
            Number of training steps, at least 1. None means the schedule's own length.
        steps_per_epoch, logarithmic
            As in `epochal.plots.schedule`.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        InputError
            Where `steps` is None and the schedule has no length of its own.
        """
        if steps is None:
            steps = self.length
        if steps is None:
            raise InputError(
                f"steps must be given to draw a {type(self).__name__} without a length of its own, "
                "got None: give epochs x ceil(rows / batch_size)."
            )
        return draw(self, steps, steps_per_epoch=steps_per_epoch, logarithmic=logarithmic)
