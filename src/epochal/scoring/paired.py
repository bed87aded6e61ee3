"""Several predictions of the same rows against a first one, with room for being several."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epochal.scoring.bootstrap import bootstrap_weights
from epochal.scoring.interval import ALPHA, percentile_interval
from epochal.scoring.metrics import Metric
from epochal.scoring.scores import Interval

DRAWS = 4000
"""Bootstrap samples: more than for one interval, as those for several reach further out."""


@dataclass(frozen=True, kw_only=True)
class PairedGain:
    """A prediction's score, and how much better it is than the first one's.

    Attributes
    ----------
    score : Interval
    gain : Interval
        Above 0 is better, whichever way the score itself is better; 95% by itself.
    beyond_chance : bool
        Whether the gain's interval is above 0 also where all predictions are looked at together:
        at a level of 5% divided by their number (Bonferroni).
    """

    score: Interval
    gain: Interval
    beyond_chance: bool


def paired_gains(
    metric: Metric,
    truth: NDArray,
    first: NDArray,
    others: Sequence[NDArray],
    *,
    groups: NDArray | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> tuple[Interval, list[PairedGain]]:
    """Score predictions on the same bootstrap samples of rows, the gains paired by row.

    Parameters
    ----------
    metric : Metric
    truth, first : array
        As `epochal.scoring.bootstrap.score_all` takes them.
    others : sequence of array
        Like `first`.
    groups : int array of shape (rows,), optional
        Rows of a group are drawn together.
    seed : int
        Decides the draws.
    draws : int
        Bootstrap samples.

    Returns
    -------
    Interval, list of PairedGain
        The first one's score, and one for each of the others.

    References
    ----------
    B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    O. J. Dunn, "Multiple Comparisons Among Means", JASA 56, 1961.

    Examples
    --------
    >>> from epochal.scoring.task_metrics import metrics_of
    >>> truth = np.array([[0], [1]] * 50)
    >>> right, wrong = np.where(truth, 0.8, 0.2), np.where(truth, 0.2, 0.8)
    >>> _, (found,) = paired_gains(metrics_of("binary")[0], truth, wrong, [right])
    >>> found.gain, found.beyond_chance
    (Interval(value=1.0, low=1.0, high=1.0), True)
    """
    used = [np.asarray(each, float) for each in (first, *others)]
    exact = np.ones((1, len(truth)))
    values = [float(metric.function(truth, each, exact)[0]) for each in used]
    parts: list[list[NDArray]] = [[] for _ in used]
    for weights in bootstrap_weights(len(truth), seed, draws, groups):
        for mine, each in zip(parts, used, strict=True):
            mine.append(metric.function(truth, each, weights))
    drawn = [np.concatenate(mine) for mine in parts]
    scores = [
        Interval(value=value, low=low, high=high)
        for value, (low, high) in zip(values, map(percentile_interval, drawn), strict=True)
    ]
    sign = 1 if metric.higher_is_better else -1
    gains = [
        _gain(score, sign * (score.value - values[0]), sign * (own - drawn[0]), len(others))
        for score, own in zip(scores[1:], drawn[1:], strict=True)
    ]
    return scores[0], gains


def _gain(score: Interval, value: float, drawn: NDArray, several: int) -> PairedGain:
    low, high = percentile_interval(drawn)
    together, _ = percentile_interval(drawn, ALPHA / several)
    return PairedGain(
        score=score,
        gain=Interval(value=value, low=low, high=high),
        beyond_chance=bool(together > 0),
    )
