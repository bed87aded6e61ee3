"""What a block of draws, of samples or members, says of each of its rows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from epochal.distributions import Family, Mixture

ONE_OF_MANY = ("multiclass",)
YES_OR_NO = ("binary", "multilabel")
_TINY = np.finfo(np.float32).tiny


class Summary(NamedTuple):
    """The parts of a `Prediction` that are computed from draws."""

    mean: NDArray
    standard_deviation: NDArray | None
    quantiles: NDArray
    total: NDArray | None
    aleatoric: NDArray | None
    epistemic: NDArray | None


def summary_of(
    draws: NDArray,
    levels: tuple[float, ...],
    task: str,
    weights: Sequence[float] | None = None,
) -> Summary:
    """Of (draws, rows, ...) outputs, in their precision; sums are taken in float64.

    `weights` say how much each draw counts, and add up to 1; None counts all alike. One draw tells
    the total uncertainty of classes alone.
    """
    mean = _mean(draws, weights)
    total, entropies = entropy_of(mean, task), entropy_of(draws, task)
    aleatoric = epistemic = deviation = None
    if len(draws) > 1:
        variance = _mean(np.square(draws - mean, dtype=np.float64), weights)
        deviation, epistemic = np.sqrt(variance), variance
        if total is not None and entropies is not None:
            # At least 0 (Jensen), but for a rounding.
            epistemic = np.maximum(total - _mean(entropies, weights), 0)
            aleatoric = total - epistemic

    def rounded(values: NDArray | None) -> NDArray | None:
        return None if values is None else values.astype(draws.dtype)

    return Summary(
        mean=mean.astype(draws.dtype),
        standard_deviation=rounded(deviation),
        quantiles=quantiles_of(draws, levels if len(draws) > 1 else (), weights),
        total=rounded(total),
        aleatoric=rounded(aleatoric),
        epistemic=rounded(epistemic),
    )


def summary_of_distributions(
    draws: NDArray,
    levels: tuple[float, ...],
    family: Family,
    weights: Sequence[float],
) -> Summary:
    """Of (draws, rows, outputs, parameters): what each draw says is a distribution of numbers."""
    mixed = Mixture(family=family, parameters=np.asarray(draws, float), weights=weights)
    aleatoric, epistemic = mixed.aleatoric, mixed.epistemic if len(draws) > 1 else None
    total = aleatoric if epistemic is None else aleatoric + epistemic
    return Summary(
        mean=mixed.mean,
        standard_deviation=np.sqrt(total),
        quantiles=np.array([mixed.quantile(level) for level in levels]).reshape(
            len(levels), *mixed.mean.shape
        ),
        total=total,
        aleatoric=aleatoric,
        epistemic=epistemic,
    )


def concatenate_summaries(parts: list[Summary]) -> Summary:
    """The blocks of rows, one after another."""

    def join(field: str) -> NDArray | None:
        if getattr(parts[0], field) is None:
            return None
        axis = int(field == "quantiles")
        return np.concatenate([getattr(part, field) for part in parts], axis=axis)

    return Summary(*map(join, Summary._fields))  # type: ignore[arg-type] # the parts are alike


def quantiles_of(
    draws: NDArray, levels: tuple[float, ...], weights: Sequence[float] | None = None
) -> NDArray:
    """`numpy.quantile` along the first axis, all levels from one sort: several times as fast.

    Where draws count differently, the smallest that so much of the weight does not exceed.
    """
    if not levels:
        return np.empty((0, *draws.shape[1:]), draws.dtype)
    if weights is not None and len(set(weights)) > 1:
        shares = np.asarray(weights, float)
        found = np.quantile(draws, levels, axis=0, weights=shares, method="inverted_cdf")
        return np.asarray(found, draws.dtype)
    ordered = np.sort(draws, axis=0)
    places = np.asarray(levels, np.float64) * (len(ordered) - 1)
    below = np.floor(places).astype(int)
    above = np.minimum(below + 1, len(ordered) - 1)
    share = (places - below).reshape(-1, *[1] * (draws.ndim - 1))
    values: NDArray = ordered[below] * (1 - share) + ordered[above] * share
    return values.astype(draws.dtype)


def entropy_of(probabilities: NDArray, task: str) -> NDArray | None:
    """Over the last axis for classes, of each output alone for yes or no, None for numbers."""
    if task in ONE_OF_MANY:
        return np.asarray(-_p_log_p(probabilities).sum(axis=-1))
    if task in YES_OR_NO:
        return np.asarray(-(_p_log_p(probabilities) + _p_log_p(1 - probabilities)))
    return None


def _mean(values: NDArray, weights: Sequence[float] | None) -> NDArray:
    if weights is None or len(set(weights)) == 1:
        return np.asarray(values.mean(axis=0, dtype=np.float64))
    return np.tensordot(np.asarray(weights, np.float64), values.astype(np.float64), 1)


def _p_log_p(p: NDArray) -> NDArray:
    product: NDArray = p * np.log(np.maximum(p, _TINY))  # 0 at 0
    return product
