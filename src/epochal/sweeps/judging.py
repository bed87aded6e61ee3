"""Which settings are better beyond chance, and which is the simplest of those that are not worse.

All trials have the same fits: equal seeds and equal rows. So two settings are compared by the
differences of their pairs, whose mean has a t interval, widened where the rows that fits leave out
are folds of one table (Nadeau and Bengio, "Inference for the Generalization Error", 2003). The
differences of a setting are few; their variance is steadied by those of the others, see
`epochal.sweeps.moderation`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from epochal.scoring.interval import ALPHA, resampled_interval
from epochal.scoring.scores import Interval
from epochal.sweeps.fits import Fit
from epochal.sweeps.moderation import moderated


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One trial of a sweep: the settings, and what came of its fits.

    Attributes
    ----------
    number : int
        The trial's in the study.
    settings : dict
        As a member of `train_population` takes them.
    values : tuple of float
        The objective of each fit; NaN where it diverged.
    interval : Interval
        Their mean and its 95% interval.
    difference : Interval
        How much worse it is than the best setting, at least 0, with the 95% interval of the paired
        differences.
    weights : int
        Trainable parameters.
    epochs : tuple of int
        Of each fit.
    seconds : float
        Of all fits.
    """

    number: int
    settings: Mapping[str, Any]
    values: tuple[float, ...]
    interval: Interval
    difference: Interval
    weights: int
    epochs: tuple[int, ...]
    seconds: float

    @property
    def is_worse(self) -> bool:
        """Whether it is worse than the best one beyond chance, or one of its fits diverged."""
        return bool(self.difference.low > 0 or not np.isfinite(self.interval.value))

    @property
    def techniques(self) -> int:
        """How many of its settings are on: not 0, None or False."""
        return sum(value not in (0, None, False) for value in self.settings.values())


def judged(
    trials: Sequence[tuple[int, Mapping[str, Any], Sequence[Fit]]], *, higher: bool, ratio: float
) -> list[Setting]:
    """The settings, the best first.

    Parameters
    ----------
    trials : sequence of (number, settings, fits)
        At least one.
    higher : bool
        Whether more is better.
    ratio : float
        Rows left out of a fit over rows trained on, where these are folds; else 0.
    """
    values = {number: np.array([_number(fit) for fit in fits]) for number, _, fits in trials}
    sign = -1.0 if higher else 1.0

    def order(trial: tuple[int, Any, Any]) -> tuple[bool, float, int]:
        mean = float(values[trial[0]].mean())
        return not np.isfinite(mean), sign * mean if np.isfinite(mean) else 0.0, trial[0]

    ranked = sorted(trials, key=order)
    best = values[ranked[0][0]]
    behind = np.array([sign * (values[number] - best) for number, _, _ in ranked])
    return [
        Setting(
            number=number,
            settings=settings,
            values=tuple(values[number].tolist()),
            interval=_interval(values[number], ratio),
            difference=difference,
            weights=fits[0].weights,
            epochs=tuple(fit.epochs for fit in fits),
            seconds=sum(fit.seconds for fit in fits),
        )
        for (number, settings, fits), difference in zip(
            ranked, _differences(behind, ratio), strict=True
        )
    ]


def gains_over(
    base: Setting, others: Sequence[Setting], *, higher: bool, ratio: float, several: int
) -> list[tuple[Interval, bool]]:
    """How much better than `base` others are, and whether that is beyond chance of so many.

    The intervals are of 95% each; of `several` that were tried, the best is asked for at a level of
    5% divided by their number (Bonferroni).
    """
    sign = 1.0 if higher else -1.0
    gains = np.array([sign * (np.array(each.values) - base.values) for each in others])
    alone = _differences(gains, ratio)
    together = _differences(gains, ratio, ALPHA / several)
    return [(one, wide.low > 0) for one, wide in zip(alone, together, strict=True)]


def simplest_of(ranked: Sequence[Setting]) -> Setting:
    """Of the settings that cannot be told from the best, the one of the simplest networks.

    Those have the fewest weights; of equally many, the fewest settings that are on (a dropout rate
    of 0 or a clip norm of None is off); then the better mean decides.
    """
    alike = [setting for setting in ranked if not setting.is_worse]
    return min(alike or ranked[:1], key=lambda each: (each.weights, each.techniques))


def _number(fit: Fit) -> float:
    return float("nan") if fit.value is None else fit.value


def _interval(values: NDArray, ratio: float) -> Interval:
    whole = len(values) > 1 and bool(np.isfinite(values).all())
    low, high = resampled_interval(values, ratio) if whole else (float("nan"), float("nan"))
    return Interval(value=float(values.mean()), low=low, high=high)


def _differences(behind: NDArray, ratio: float, alpha: float = ALPHA) -> list[Interval]:
    """The mean of each row (settings, fits), with its interval; a row of zeros has none."""
    fits = behind.shape[1]
    means = behind.mean(axis=1)
    if fits == 1:
        return [Interval(value=float(mean), low=np.nan, high=np.nan) for mean in means]
    variances, freedom = moderated(behind.var(axis=1, ddof=1), fits - 1)
    reach = _quantile(freedom, alpha) * np.sqrt((1 / fits + ratio) * variances)
    return [
        Interval(value=float(mean), low=float(mean - one), high=float(mean + one))
        for mean, one in zip(means, reach, strict=True)
    ]


def _quantile(freedom: float, alpha: float) -> float:
    return float(ndtri(1 - alpha / 2) if np.isinf(freedom) else stdtrit(freedom, 1 - alpha / 2))
