"""1cycle: up to a high rate, down again, then close to nothing."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import keras

from epochal.checks import check_momenta, check_rate, check_steps
from epochal.errors import InputError, suggest
from epochal.schedules.base import Schedule, array_module

CLIMB = 0.25  # of fastai's cycle
# From the peak to the start rate and to the final one: the documents', and fastai's.
DIVISORS = {"linear": (10.0, 10_000.0), "cosine": (25.0, 100_000.0)}
ANNEALS = tuple(DIVISORS)


class Phase(NamedTuple):
    """A stretch of the cycle: until which step, and from and to which rate and momentum."""

    until: float
    rates: tuple[float, float]
    momenta: tuple[float, float]


@keras.saving.register_keras_serializable(package="epochal")
class OneCycle(Schedule):
    """The 1cycle schedule: high rates in the middle regularise, the low end settles.

    ``anneal="linear"`` is the documents' cycle. Of T steps the last L = T // 10 + 1 are the tail,
    and H = (T - L) // 2; fewer than 3 steps are all tail:

    ====================  =============================================  =================
    steps                 rate                                           momentum
    ====================  =============================================  =================
    0 to H                from the start rate up to the peak             highest to lowest
    H to 2 H              from the peak down to the start rate           lowest to highest
    2 H to T              from the start rate down to the final rate     highest
    ====================  =============================================  =================

    ``anneal="cosine"`` is fastai's: each part half a cosine, flat at both ends:

    ====================  =============================================  =================
    steps                 rate                                           momentum
    ====================  =============================================  =================
    0 to T / 4            from the start rate up to the peak             highest to lowest
    T / 4 to T            from the peak down to the final rate           lowest to highest
    ====================  =============================================  =================

    From step T on the rate is the final rate.

    Parameters
    ----------
    peak_learning_rate : float
        The highest rate, above 0: what a range test suggests.
    total_steps : int, optional
        Number of training steps (batches), T, at least 1: epochs x ceil(rows / batch_size).
        None takes the length of the `epochal.fit` that it is given to; `model.fit` needs it.
    start_learning_rate : float, optional
        The rate of step 0, above 0 and at most the peak. None: peak / 10; with cosine peak / 25.
    final_learning_rate : float, optional
        The last rate, above 0 and at most the start rate. None: start / 1000; with cosine
        peak / 100,000, or a thousandth of a start rate that is given.
    anneal : {"linear", "cosine"}
        Straight lines, or half cosines.
    momentum : (float, float), optional
        The highest and the lowest momentum, such as (0.95, 0.85): below 1, at least 0, the second
        below the first. Every step of `epochal.fit` then uses its own: ``momentum`` of SGD and
        RMSprop, ``beta_1`` of the Adam family. `model.fit` compiles the optimiser's momentum into
        its step as a constant, so there the rate alone cycles. None leaves the momentum alone.

    Raises
    ------
    InputError
        A rate that is not a finite number above 0, rates or momenta out of order, fewer than
        1 step, an unknown `anneal`; when called: no length.

    References
    ----------
    L. N. Smith, "A disciplined approach to neural network hyper-parameters: Part 1", 2018,
    arXiv:1803.09820; A. Géron, "Hands-On Machine Learning", 2nd edition, chapter 11
    (`OneCycleScheduler`, whose numbers the linear cycle has); J. Howard and S. Gugger, fastai 2,
    `fit_one_cycle` (whose numbers the cosine cycle has).

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
        """The rate at `step`: an int, or an array of steps of any shape."""
        return self._along(step, lambda part: part.rates)

    def momentum_at(self, step: Any) -> Any:
        """The momentum at `step`: an int, or an array of steps of any shape."""
        return self._along(step, lambda part: part.momenta)

    @property
    def length(self) -> int | None:
        """The steps of the cycle; None where they are taken from the fit."""
        return self.total_steps

    @property
    def takes_length(self) -> bool:
        """Whether its length is still to be taken from a fit."""
        return self.total_steps is None

    def for_steps(self, total_steps: int) -> "OneCycle":
        """Return the cycle over `total_steps` steps, where it takes its length from the fit."""
        if self.total_steps is not None:
            return self
        cycle: OneCycle = OneCycle.from_config(self.get_config() | {"total_steps": total_steps})
        return cycle

    @property
    def cycles_momentum(self) -> bool:
        """Whether a momentum was given."""
        return self.momentum is not None

    def _along(self, step: Any, ends: Callable[[Phase], tuple[float, float]]) -> Any:
        """What moves from one end to the other in each part of the cycle, at `step`."""
        arithmetic = array_module(step)
        steps = arithmetic.array(step, "float32")
        begin, value = 0.0, None
        for part in self._parts():
            first, last = ends(part)
            progress = arithmetic.clip((steps - begin) / (part.until - begin), 0.0, 1.0)
            if self.anneal == "cosine":
                progress = (1 - arithmetic.cos(math.pi * progress)) / 2
            # A weighted mean, so that the ends are met exactly.
            here = (1 - progress) * first + progress * last
            value = here if value is None else arithmetic.where(steps < begin, value, here)
            begin = part.until
        return value

    def _parts(self) -> list[Phase]:
        if self.total_steps is None:
            raise InputError(
                "total_steps of OneCycle must be given where no epochal.fit takes its own, got "
                "None: give epochs x ceil(rows / batch_size)."
            )
        peak, start = self.peak_learning_rate, self.start_learning_rate
        final, total = self.final_learning_rate, self.total_steps
        high, low = self.momentum or (math.nan, math.nan)
        if self.anneal == "cosine":
            return [
                Phase(total * CLIMB, (start, peak), (high, low)),
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
        """The arguments that make this schedule again."""
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
