"""The base of epochal's schedules: beyond Keras', they have a length, a momentum and a plot."""

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from epochal.errors import InputError
from epochal.plots.schedules import schedule as draw

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def array_module(step: Any) -> Any:
    """The module that computes with `step`: NumPy for its own values, else `keras.ops`.

    JAX compiles each operation on first use, and a schedule of a dozen operations would take longer
    than training a small network. NumPy does not compile.
    """
    return np if isinstance(step, np.ndarray | np.generic) else keras.ops


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """A Keras schedule whose `__call__` also accepts an array of steps."""

    @property
    def length(self) -> int | None:
        """Number of steps; None where the schedule has no end, or takes its length from the fit."""
        return None

    @property
    def takes_length(self) -> bool:
        """Whether the schedule takes its length from the fit, and has none yet."""
        return False

    def for_steps(self, total_steps: int) -> "Schedule":
        """Return the schedule over `total_steps` steps, where it takes its length from the fit."""
        return self

    @property
    def cycles_momentum(self) -> bool:
        """Whether the schedule also sets the momentum, by `momentum_at`."""
        return False

    def momentum_at(self, step: Any) -> Any:
        """The momentum at `step`, an int or an array of steps, where the schedule cycles it."""
        raise NotImplementedError(f"{type(self).__name__} does not set the momentum")

    def plot(
        self,
        steps: int | None = None,
        *,
        steps_per_epoch: int | None = None,
        logarithmic: bool = False,
    ) -> "Figure":
        """Draw the learning rate of each step, by `epochal.plots.schedule`.

        Parameters
        ----------
        steps : int, optional
            Number of training steps, at least 1. None: the length of the schedule.
        steps_per_epoch, logarithmic
            As in `epochal.plots.schedule`.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        InputError
            `steps` is None and the schedule has no length.
        """
        if steps is None:
            steps = self.length
        if steps is None:
            raise InputError(
                f"steps must be given to draw a {type(self).__name__} that has no length, "
                "got None: give epochs x ceil(rows / batch_size)."
            )
        return draw(self, steps, steps_per_epoch=steps_per_epoch, logarithmic=logarithmic)
