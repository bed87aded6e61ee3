"""The scores of the network with their intervals, beside those of the baselines."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from epochal.scoring.interval import DRAWS, drawn_rows, percentile_interval
from epochal.scoring.metrics import ALL_METRICS, Floats, Metric
from epochal.scoring.scores import Comparison, Interval, Score

NETWORK = "network"


def score_all(
    task: str,
    truth: NDArray,
    predictions: Mapping[str, NDArray],
    *,
    seed: int = 0,
    draws: int = DRAWS,
) -> tuple[tuple[Score, ...], Comparison | None]:
    """Score several predictions of the same rows.

    The intervals are those of the percentile bootstrap over rows, 2.5% to 97.5%. Every prediction
    is scored on the same bootstrap samples, so that the gain of the network over the best baseline
    is paired by row.

    Parameters
    ----------
    task : str
        One of `epochal.data.TASKS`; it decides the scores.
    truth : array
        Class indices of shape (rows,) for "multiclass"; 0 and 1 of shape (rows, L) for "binary"
        (L is 1) and "multilabel"; values of shape (rows, T) otherwise.
    predictions : mapping of str to array
        "network" first, then the baselines: probabilities of shape (rows, K) or (rows, L), or
        values of shape (rows, T).
    seed : int
        Decides the draws.
    draws : int
        Bootstrap samples.

    Returns
    -------
    tuple of Score, Comparison or None
        The scores, the headline first; and the network's gain over the baseline with the best
        headline score, None without baselines.

    References
    ----------
    B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.

    Examples
    --------
    >>> import numpy as np
    >>> truth = np.array([[0], [1]] * 50)
    >>> scores, _ = score_all("binary", truth, {"network": np.where(truth, 0.8, 0.2)})
    >>> scores[0].name, scores[0].network.value
    ('accuracy', 1.0)
    """
    metrics = ALL_METRICS[task]
    exact = np.ones((1, len(truth)))
    values = {
        (m.name, who): float(m.function(truth, p.astype(float), exact)[0])
        for m in metrics
        for who, p in predictions.items()
    }
    spread = _bootstrap(metrics, truth, predictions, seed, draws)
    baselines = [who for who in predictions if who != NETWORK]
    scores = tuple(
        Score(
            name=m.name,
            higher_is_better=m.higher_is_better,
            percent=m.percent,
            network=_interval(values[m.name, NETWORK], spread[m.name, NETWORK]),
            baselines={w: _interval(values[m.name, w], spread[m.name, w]) for w in baselines},
        )
        for m in metrics
    )
    return scores, _compare(metrics[0], baselines, values, spread)


def _compare(
    metric: Metric,
    baselines: list[str],
    values: Mapping[tuple[str, str], float],
    spread: Mapping[tuple[str, str], Floats],
) -> Comparison | None:
    sign = 1 if metric.higher_is_better else -1
    known = [who for who in baselines if np.isfinite(values[metric.name, who])]
    if not known or not np.isfinite(values[metric.name, NETWORK]):
        return None
    best = max(known, key=lambda who: sign * values[metric.name, who])
    network, other = (metric.name, NETWORK), (metric.name, best)
    gain = _interval(
        sign * (values[network] - values[other]), sign * (spread[network] - spread[other])
    )
    return Comparison(baseline=best, gain=gain)


def _interval(value: float, drawn: Floats) -> Interval:
    low, high = percentile_interval(drawn)
    return Interval(value=value, low=low, high=high)


def _bootstrap(
    metrics: tuple[Metric, ...],
    truth: NDArray,
    predictions: Mapping[str, NDArray],
    seed: int,
    draws: int,
) -> dict[tuple[str, str], Floats]:
    """Each score on each bootstrap sample, by the names of score and prediction."""
    parts: dict[tuple[str, str], list[Floats]] = {}
    doubled = {who: p.astype(float) for who, p in predictions.items()}
    for weights in _weights(len(truth), seed, draws):
        for metric in metrics:
            for who, p in doubled.items():
                drawn = metric.function(truth, p, weights)
                parts.setdefault((metric.name, who), []).append(drawn)
    return {key: np.concatenate(blocks) for key, blocks in parts.items()}


def _weights(rows: int, seed: int, draws: int) -> Iterator[Floats]:
    """How often each bootstrap sample holds each row, in blocks of samples."""
    for drawn in drawn_rows(rows, seed, draws):
        count = len(drawn)
        drawn += rows * np.arange(count)[:, None]
        yield np.bincount(drawn.ravel(), minlength=count * rows).reshape(count, rows).astype(float)
