"""The rows that an estimator trains on: checked, weighted, and split for validation."""

from math import ceil
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.model_selection import train_test_split

from epochal.compat._sklearn import check_sample_weight
from epochal.errors import InputError


class Samples(NamedTuple):
    """Inputs (rows, features), targets (rows, ...), and weights (rows,) or None."""

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None


def check_frame(x: Any) -> None:
    """Refuse a sparse matrix, and a data frame with columns that are not numeric."""
    if issparse(x):
        raise InputError(
            f"X must be dense, got a sparse {type(x).__name__} of shape {x.shape}: pass "
            "X.toarray(), or make the step before return dense rows, as "
            "OneHotEncoder(sparse_output=False) does."
        )
    if not isinstance(x, pd.DataFrame):
        return
    other = {
        name: kind
        for name, kind in x.dtypes.items()
        if not (pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind))
    }
    if other:
        named = ", ".join(f"{name!r} ({kind})" for name, kind in list(other.items())[:5])
        more = f" and {len(other) - 5} more" if len(other) > 5 else ""
        raise InputError(
            f"X must have numeric columns only, got {named}{more}: encode them first, e.g. with "
            "skrub.TableVectorizer() in a pipeline, or use `epochal train`, which encodes them."
        )


def weighted_rows(x: np.ndarray, y: np.ndarray, sample_weight: Any) -> Samples:
    """The rows whose weight is not 0; weights of mean 1 do not change the best learning rate."""
    if sample_weight is None:
        return Samples(x, y, None)
    weight = check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
    counted = weight > 0
    if counted.sum() < 2:
        raise InputError(
            "sample_weight must be above 0 for at least 2 rows, got "
            f"{counted.sum()} of {len(weight)} rows: check the weights."
        )
    kept = weight[counted]
    return Samples(x[counted], y[counted], (kept / kept.mean()).astype(np.float32))


def split_off(
    samples: Samples, fraction: float, labels: np.ndarray | None, seed: int
) -> list[Samples]:
    """A training and a validation part, stratified by `labels` where each class has enough rows."""
    rows = len(samples.x)
    held = min(max(1, ceil(fraction * rows)), rows - 1)
    training, validation = train_test_split(
        np.arange(rows),
        test_size=held,
        random_state=seed,
        stratify=labels if labels is not None and _can_stratify(labels, held) else None,
    )
    return [_take(samples, np.sort(training)), _take(samples, np.sort(validation))]


def _can_stratify(labels: np.ndarray, held: int) -> bool:
    """Whether each class can have a row in both parts."""
    classes, counts = np.unique(labels, return_counts=True)
    return bool(counts.min() >= 2 and len(classes) <= min(held, len(labels) - held))


def _take(samples: Samples, rows: np.ndarray) -> Samples:
    weight = None if samples.weight is None else samples.weight[rows]
    return Samples(samples.x[rows], samples.y[rows], weight)
