"""The scores of the network with their intervals, beside those of the baselines."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from epochal.scoring.interval import DRAWS, drawn_rows, percentile_interval
from epochal.scoring.metrics import Floats, Metric
from epochal.scoring.scores import Comparison, Interval, Score
from epochal.translation import translatable

NETWORK = translatable("network")


def score_all(
    metrics: Sequence[Metric],
    truth: NDArray,
    predictions: Mapping[str, NDArray],
    *,
    thresholds: Mapping[str, float] | None = None,
    groups: NDArray | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> tuple[tuple[Score, ...], tuple[Comparison, ...]]:
    """Score several predictions of the same rows.

    The intervals are those of the percentile bootstrap over rows, 2.5% to 97.5%. Every prediction
    is scored on the same bootstrap samples, so that the gain of one over another is paired by row.

    Parameters
    ----------
    metrics : sequence of Metric
        The scores, the headline first; see `epochal.scoring.task_metrics`.
    truth : array
        Class indices of shape (rows,) for "multiclass"; 0 and 1 of shape (rows, L) for "binary"
        (L is 1) and "multilabel"; values of shape (rows, T) otherwise.
    predictions : mapping of str to array
        "network" first, then the baselines from the simplest: probabilities of shape (rows, K) or
        (rows, L), or values of shape (rows, T).
    thresholds : mapping of str to float, optional
        From which probability on a prediction says that a row is positive; 0.5 where it has none.
    groups : int array of shape (rows,), optional
        Rows of a group are drawn together: they are alike, and more of them tell little more.
    seed : int
        Decides the draws.
    draws : int
        Bootstrap samples.

    Returns
    -------
    tuple of Score, tuple of Comparison
        The scores, in the order of `metrics`; and the gain in the first one of each prediction over
        each simpler one, of the network over every baseline; none where a score is not a number.

    References
    ----------
    B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.

    Examples
    --------
    >>> import numpy as np
    >>> from epochal.scoring.task_metrics import metrics_of
    >>> truth = np.array([[0], [1]] * 50)
    >>> predicted = {"network": np.where(truth, 0.8, 0.2)}
    >>> scores, _ = score_all(metrics_of("binary"), truth, predicted)
    >>> scores[0].name, scores[0].network.value
    ('accuracy', 1.0)
    """
    doubled = {who: p.astype(float) for who, p in predictions.items()}
    used = {
        (m.label, who): m.used(p, (thresholds or {}).get(who))
        for m in metrics
        for who, p in doubled.items()
    }
    exact = np.ones((1, len(truth)))
    values = {
        (m.label, who): float(m.function(truth, used[m.label, who], exact)[0])
        for m in metrics
        for who in predictions
    }
    spread = _bootstrap(metrics, truth, used, bootstrap_weights(len(truth), seed, draws, groups))
    baselines = [who for who in predictions if who != NETWORK]
    scores = tuple(
        Score(
            name=m.name,
            of=m.of,
            higher_is_better=m.higher_is_better,
            percent=m.percent,
            network=_interval(values[m.label, NETWORK], spread[m.label, NETWORK]),
            baselines={w: _interval(values[m.label, w], spread[m.label, w]) for w in baselines},
        )
        for m in metrics
    )
    return scores, tuple(_comparisons(metrics[0], [*baselines, NETWORK], values, spread))


def _comparisons(
    metric: Metric,
    from_simplest: Sequence[str],
    values: Mapping[tuple[str, str], float],
    spread: Mapping[tuple[str, str], Floats],
) -> Iterator[Comparison]:
    sign = 1 if metric.higher_is_better else -1
    known = [who for who in from_simplest if np.isfinite(values[metric.label, who])]
    for simpler, model in combinations(known, 2):
        own, other = (metric.label, model), (metric.label, simpler)
        gain = _interval(sign * (values[own] - values[other]), sign * (spread[own] - spread[other]))
        yield Comparison(model=model, baseline=simpler, gain=gain)


def _interval(value: float, drawn: Floats) -> Interval:
    low, high = percentile_interval(drawn)
    return Interval(value=value, low=low, high=high)


def _bootstrap(
    metrics: Sequence[Metric],
    truth: NDArray,
    used: Mapping[tuple[str, str], Floats],
    samples: Iterator[Floats],
) -> dict[tuple[str, str], Floats]:
    """Each score on each bootstrap sample, by the names of score and prediction."""
    parts: dict[tuple[str, str], list[Floats]] = {key: [] for key in used}
    functions = {metric.label: metric.function for metric in metrics}
    for weights in samples:
        for (label, who), predicted in used.items():
            parts[label, who].append(functions[label](truth, predicted, weights))
    return {key: np.concatenate(blocks) for key, blocks in parts.items()}


def bootstrap_weights(
    rows: int, seed: int, draws: int, groups: NDArray | None = None
) -> Iterator[Floats]:
    """How often each bootstrap sample holds each row, in blocks of samples."""
    units, group_of = rows, np.arange(rows)
    if groups is not None:
        present, group_of = np.unique(groups, return_inverse=True)
        units = len(present)
    for drawn in drawn_rows(units, seed, draws, width=rows):
        count = len(drawn)
        drawn += units * np.arange(count)[:, None]
        times = np.bincount(drawn.ravel(), minlength=count * units).reshape(count, units)
        yield times[:, group_of].astype(float)
