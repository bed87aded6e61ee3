"""1cycle: the learning rate rises to a peak, falls again, and then anneals to almost zero."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import keras

from epochal.checks import check_momenta, check_rate, check_steps
from epochal.errors import InputError, suggest
from epochal.schedules.base import Schedule, array_module

RISE = 0.25  # fraction of the steps, of the cosine cycle
# Peak / start rate and peak / final rate: of Géron's cycle, and of fastai's.
DIVISORS = {"linear": (10.0, 10_000.0), "cosine": (25.0, 100_000.0)}
ANNEALS = tuple(DIVISORS)


class Phase(NamedTuple):
    """A phase of the cycle: its end, and the learning rates and momenta at its ends."""

    end: float
    rates: tuple[float, float]
    momenta: tuple[float, float]


@keras.saving.register_keras_serializable(package="epochal")
class OneCycle(Schedule):
    """The 1cycle schedule: high rates in the middle regularise, low ones at the end converge.

    ``anneal="linear"`` is Géron's cycle. Of T steps, the last L = T // 10 + 1 are the tail, and
    H = (T - L) // 2; fewer than 3 steps are all tail:

    ====================  =============================================  =================
    steps                 rate                                           momentum
    ====================  =============================================  =================
    0 to H                from the start rate up to the peak             highest to lowest
    H to 2 H              from the peak down to the start rate           lowest to highest
    2 H to T              from the start rate down to the final rate     highest
    ====================  =============================================  =================

    ``anneal="cosine"`` is fastai's cycle: each phase is half a cosine, flat at both ends:

    ====================  =============================================  =================
    steps                 rate                                           momentum
    ====================  =============================================  =================
    0 to T / 4            from the start rate up to the peak             highest to lowest
    T / 4 to T            from the peak down to the final rate           lowest to highest
    ====================  =============================================  =================

    From step T on, the learning rate is the final rate.

    Parameters
    ----------
    peak_learning_rate : float
        The highest learning rate, above 0; a range test suggests it.
    total_steps : int, optional
        Number of training steps (batches), T, at least 1: epochs x ceil(rows / batch_size).
        None: `epochal.fit` sets it to its own number of steps; `model.fit` needs a number.
    start_learning_rate : float, optional
        The learning rate of step 0, above 0 and at most the peak. None: peak / 10, or peak / 25
        with cosine.
    final_learning_rate : float, optional
        The final learning rate, above 0 and at most the start rate. None: start / 1000, or
        peak / 100,000 with cosine and no start rate.
    anneal : {"linear", "cosine"}
        Shape of the phases: straight lines or half cosines.
    momentum : (float, float), optional
        The highest and the lowest momentum, such as (0.95, 0.85): below 1, at least 0, the second
        below the first. In `epochal.fit` they cycle ``momentum`` of SGD and RMSprop, and ``beta_1``
        of the Adam family. `model.fit` compiles the momentum into its step as a constant, so that
        only the learning rate cycles there. None: the momentum of the optimizer does not change.

    Raises
    ------
    InputError
        A learning rate is not a finite number above 0, learning rates or momenta are out of order,
        there is less than 1 step, or `anneal` is unknown; when called: `total_steps` is not set.

    References
    ----------
    L. N. Smith, "A disciplined approach to neural network hyper-parameters: Part 1", 2018,
    arXiv:1803.09820; A. Géron, "Hands-On Machine Learning with Scikit-Learn, Keras, and
    TensorFlow", 2nd edition, 2019, chapter 11, `OneCycleScheduler` (the linear cycle); J. Howard
    and S. Gugger, fastai 2, `fit_one_cycle` (the cosine cycle).

    Examples
    --------
    >>> from epochal.schedules import OneCycle
    >>> cycle = OneCycle(0.05, total_steps=100)
    >>> [round(float(cycle(step)), 4) for step in (0, 22, 44, 66, 88, 100)]
    [0.005, 0.0275, 0.05, 0.0275, 0.005, 0.0]
    >>> cycle = OneCycle(0.05, total_steps=100, anneal="cosine", momentum=(0.95, 0.85))
    >>> [round(float(cycle.momentum_at(step)), 3) for step in (0, 25, 100)]
    [0.95, 0.85, 0.95]
    """

    def __init__(
        self,
        peak_learning_rate: float,
        total_steps: int | None = None,
        start_learning_rate: float | None = None,
        final_learning_rate: float | None = None,
        anneal: str = "linear",
        momentum: tuple[float, float] | None = None,
    ) -> None:
        super().__init__()
        peak = check_rate("peak_learning_rate", peak_learning_rate)
        if total_steps is not None:
            total_steps = check_steps("total_steps", total_steps)
        if anneal not in ANNEALS:
            raise InputError(
                f"anneal must be one of {', '.join(ANNEALS)}, got {anneal!r}."
                f"{suggest(anneal, ANNEALS)}"
            )
        divisor, final_divisor = DIVISORS[anneal]
        given = start_learning_rate is not None
        start = check_rate("start_learning_rate", start_learning_rate) if given else peak / divisor
        final = (
            start / (1000 if given else final_divisor / divisor)
            if final_learning_rate is None
            else check_rate("final_learning_rate", final_learning_rate)
        )
        _check_order(peak, start, final)
        self.peak_learning_rate, self.total_steps = peak, total_steps
        self.start_learning_rate, self.final_learning_rate = start, final
        self.anneal = anneal
        self.momentum = None if momentum is None else check_momenta("momentum", momentum)

    def __call__(self, step: Any) -> Any:
        """The learning rate at `step`, an int or an array of steps of any shape."""
        return self._interpolate(step, lambda phase: phase.rates)

    def momentum_at(self, step: Any) -> Any:
        """The momentum at `step`, an int or an array of steps of any shape."""
        return self._interpolate(step, lambda phase: phase.momenta)

    @property
    def length(self) -> int | None:
        """Number of steps of the cycle; None where it is taken from the fit."""
        return self.total_steps

    @property
    def takes_length(self) -> bool:
        """Whether the cycle takes its length from the fit, and has none yet."""
        return self.total_steps is None

    def for_steps(self, total_steps: int) -> "OneCycle":
        """Return a copy over `total_steps` steps, where the cycle takes its length from the fit."""
        if self.total_steps is not None:
            return self
        cycle: OneCycle = OneCycle.from_config(self.get_config() | {"total_steps": total_steps})
        return cycle

    @property
    def cycles_momentum(self) -> bool:
        """Whether `momentum` was given."""
        return self.momentum is not None

    def _interpolate(self, step: Any, ends: Callable[[Phase], tuple[float, float]]) -> Any:
        """Interpolate between the two ends of each phase, at `step`."""
        arithmetic = array_module(step)
        steps = arithmetic.array(step, "float32")
        start, value = 0.0, None
        for phase in self._phases():
            first, last = ends(phase)
            progress = arithmetic.clip((steps - start) / (phase.end - start), 0.0, 1.0)
            if self.anneal == "cosine":
                progress = (1 - arithmetic.cos(math.pi * progress)) / 2
            # As a weighted mean, both ends are exact.
            here = (1 - progress) * first + progress * last
            value = here if value is None else arithmetic.where(steps < start, value, here)
            start = phase.end
        return value

    def _phases(self) -> list[Phase]:
        if self.total_steps is None:
            raise InputError(
                "total_steps of OneCycle must be given outside epochal.fit, got None: "
                "give epochs x ceil(rows / batch_size)."
            )
        peak, start = self.peak_learning_rate, self.start_learning_rate
        final, total = self.final_learning_rate, self.total_steps
        high, low = self.momentum or (math.nan, math.nan)
        if self.anneal == "cosine":
            return [
                Phase(total * RISE, (start, peak), (high, low)),
                Phase(total, (peak, final), (low, high)),
            ]
        half = (total - (total // 10 + 1)) // 2
        tail = Phase(total, (start, final), (high, high))
        if half == 0:
            return [tail]
        return [
            Phase(half, (start, peak), (high, low)),
            Phase(2 * half, (peak, start), (low, high)),
            tail,
        ]

    def get_config(self) -> dict[str, Any]:
        """The arguments that the schedule was created with."""
        return {
            "peak_learning_rate": self.peak_learning_rate,
            "total_steps": self.total_steps,
            "start_learning_rate": self.start_learning_rate,
            "final_learning_rate": self.final_learning_rate,
            "anneal": self.anneal,
            "momentum": None if self.momentum is None else list(self.momentum),
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
