"""Scores of predicted distributions of numbers, beside those of the numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import nan

import numpy as np
from numpy.typing import NDArray

from epochal.distributions import Mixture
from epochal.scoring.bootstrap import NETWORK, score_all
from epochal.scoring.crps import crps_of_errors
from epochal.scoring.log_score import log_score_of_errors
from epochal.scoring.metrics import Floats, Metric, MetricFunction, weighted_mean
from epochal.scoring.scores import Interval, Score
from epochal.translation import translatable

CRPS, LOG_SCORE = translatable("CRPS"), translatable("log score")

Rows = Mapping[str, Sequence[NDArray[np.float64]]]
"""By the name of a score, that of each row for each target."""


def scores_of_errors(errors: NDArray, absolute: NDArray | None) -> Rows:
    """Those of predictions whose errors on other rows are known in size.

    The distribution of a row is its prediction plus or minus the error of another row: that of
    which the intervals of `epochal predict --coverage` are the middle, at every coverage.

    Parameters
    ----------
    errors : float array of shape (rows, targets)
        Truth minus prediction.
    absolute : float array of shape (n, targets), or None
        How far predictions of other rows are off; None gives NaN.
    """
    if absolute is None:
        unknown = [np.full(len(errors), nan)] * errors.shape[1]
        return {CRPS: unknown, LOG_SCORE: unknown}
    columns = list(zip(errors.T, absolute.T, strict=True))
    return {
        CRPS: [crps_of_errors(own, np.concatenate([sizes, -sizes])) for own, sizes in columns],
        LOG_SCORE: [log_score_of_errors(own, sizes) for own, sizes in columns],
    }


def scores_of_mixture(truth: NDArray, mixture: Mixture) -> Rows:
    """Those of predicted distributions.

    A truth beyond the ends of a distribution has no density: the log score of its target is then
    NaN, as its mean would be infinite whatever the other rows are.

    Parameters
    ----------
    truth : float array of shape (rows, targets)
    mixture : Mixture
        Distributions of that shape.
    """
    logs = -mixture.log_likelihood(truth)
    known = np.isfinite(logs).all(axis=0)
    return {
        CRPS: list(mixture.crps(truth).T),
        LOG_SCORE: list(np.where(known, logs, nan).T),
    }


def distribution_scores(
    rows: Rows,
    targets: Sequence[str],
    *,
    baselines: Iterable[str] = (),
    groups: NDArray | None = None,
    seed: int = 0,
) -> tuple[Score, ...]:
    """CRPS and log score, for which lower is better, with their bootstrap intervals.

    Parameters
    ----------
    rows : Rows
    targets : sequence of str
        Where there are several, each has scores of its own.
    baselines : iterable of str
        Those that the other scores have; they predict no distribution, and have NaN.
    groups, seed
        As in `epochal.scoring.score_all`.

    Examples
    --------
    >>> errors, absolute = np.zeros((50, 1)), np.ones((9, 1))
    >>> [(one.label, one.network.value) for one in
    ...     distribution_scores(scores_of_errors(errors, absolute), ["price"])][:1]
    [('CRPS', 0.5)]
    """
    labels = [(name, at) for at in range(len(targets)) for name in rows]
    columns = np.column_stack([rows[name][at] for name, at in labels])
    metrics = [
        Metric(
            name=name,
            higher_is_better=False,
            percent=False,
            function=_mean_of_column(number),
            of=targets[at] if len(targets) > 1 else None,
        )
        for number, (name, at) in enumerate(labels)
    ]
    scores, _ = score_all(metrics, columns, {NETWORK: columns}, groups=groups, seed=seed)
    unknown = {name: Interval(value=nan, low=nan, high=nan) for name in baselines}
    return tuple(replace(score, baselines=dict(unknown)) for score in scores)


def _mean_of_column(at: int) -> MetricFunction:
    def mean_of_column(_: NDArray, values: Floats, weights: Floats) -> Floats:
        return weighted_mean(values[:, at], weights)

    return mean_of_column
