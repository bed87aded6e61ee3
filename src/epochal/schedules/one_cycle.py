"""1cycle: up for half of the training, down for the other half, then close to nothing."""

import math
from typing import Any

import keras
from keras import ops

from epochal.checks import check_rate, check_steps
from epochal.errors import InputError, suggest

ANNEALS = ("linear", "cosine")


@keras.saving.register_keras_serializable(package="epochal")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """The 1cycle schedule: high rates in the middle regularise, the low end settles.

    With T steps, the last L = T // 10 + 1 of them are the tail and H = (T - L) // 2:

    ====================  =============================================
    steps                 rate
    ====================  =============================================
    0 to H                from the start rate up to the peak
    H to 2 H              from the peak down to the start rate
    2 H to T              from the start rate down to the final rate
    T and later           the final rate
    ====================  =============================================

    Fewer than 3 steps leave no room for the climb: they are all tail.

    Parameters
    ----------
    peak_learning_rate : float
        The highest rate, above 0: what a range test suggests.
    total_steps : int
        Number of training steps (batches), at least 1: epochs x ceil(rows / batch_size).
    start_learning_rate : float, optional
        The rate of step 0, above 0 and at most the peak. None: peak / 10.
    final_learning_rate : float, optional
        The rate that the tail falls to, above 0 and at most the start rate. None: start / 1000.
    anneal : {"linear", "cosine"}
        How each part moves: in a straight line, or along half a cosine (flat at both ends).

    Raises
    ------
    InputError
        A rate that is not a finite number above 0, rates out of order, fewer than 1 step, an
        unknown `anneal`.

    References
    ----------
    L. N. Smith, "A disciplined approach to neural network hyper-parameters: Part 1", 2018,
    arXiv:1803.09820; A. Géron, "Hands-On Machine Learning", 2nd edition, chapter 11
    (`OneCycleScheduler`, whose numbers these are).

    Examples
    --------
    >>> from epochal.schedules import OneCycle
    >>> cycle = OneCycle(0.05, total_steps=100)
    >>> [round(float(cycle(step)), 4) for step in (0, 22, 44, 66, 88, 100)]
    [0.005, 0.0275, 0.05, 0.0275, 0.005, 0.0]
    """

    def __init__(
        self,
        peak_learning_rate: float,
        total_steps: int,
        start_learning_rate: float | None = None,
        final_learning_rate: float | None = None,
        anneal: str = "linear",
    ) -> None:
        super().__init__()
        self.peak_learning_rate = check_rate("peak_learning_rate", peak_learning_rate)
        self.total_steps = check_steps("total_steps", total_steps, least=1)
        self.start_learning_rate = (
            self.peak_learning_rate / 10
            if start_learning_rate is None
            else check_rate("start_learning_rate", start_learning_rate)
        )
        self.final_learning_rate = (
            self.start_learning_rate / 1000
            if final_learning_rate is None
            else check_rate("final_learning_rate", final_learning_rate)
        )
        self.anneal = anneal
        _check_order(self.peak_learning_rate, self.start_learning_rate, self.final_learning_rate)
        if anneal not in ANNEALS:
            raise InputError(
                f"anneal must be one of {', '.join(ANNEALS)}, got {anneal!r}."
                f"{suggest(anneal, ANNEALS)}"
            )

    def __call__(self, step: Any) -> Any:
        """The rate at `step`: an int, or an array of steps of any shape."""
        steps = ops.cast(step, "float32")
        half = (self.total_steps - (self.total_steps // 10 + 1)) // 2
        climb = max(half, 1)  # never divides by 0; without a climb the tail is chosen below
        rise = self._between(self.start_learning_rate, self.peak_learning_rate, steps / climb)
        fall = self._between(
            self.peak_learning_rate, self.start_learning_rate, (steps - half) / climb
        )
        tail = self._between(
            self.start_learning_rate,
            self.final_learning_rate,
            (steps - 2 * half) / (self.total_steps - 2 * half),
        )
        return ops.where(steps < half, rise, ops.where(steps < 2 * half, fall, tail))

    def _between(self, first: float, last: float, progress: Any) -> Any:
        progress = ops.clip(progress, 0.0, 1.0)
        if self.anneal == "cosine":
            progress = (1 - ops.cos(math.pi * progress)) / 2
        # A weighted mean, so that the ends are met exactly and nothing falls below the final rate.
        return (1 - progress) * first + progress * last

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this schedule again."""
        return {
            "peak_learning_rate": self.peak_learning_rate,
            "total_steps": self.total_steps,
            "start_learning_rate": self.start_learning_rate,
            "final_learning_rate": self.final_learning_rate,
            "anneal": self.anneal,
        }


def _check_order(peak: float, start: float, final: float) -> None:
    if start > peak:
        raise InputError(
            "peak_learning_rate must be at least start_learning_rate, got a peak of "
            f"{peak!r} and a start of {start!r}: raise the peak or lower the start."
        )
    if final > start:
        raise InputError(
            "final_learning_rate must be at most start_learning_rate, got a final rate of "
            f"{final!r} and a start of {start!r}: lower the final rate."
        )
