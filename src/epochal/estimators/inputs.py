"""What an estimator takes: a numeric frame or array, split and standardised."""

from math import ceil
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.model_selection import train_test_split

from epochal.compat._sklearn import check_sample_weight
from epochal.errors import InputError


class Part(NamedTuple):
    """Rows of a split: inputs (rows, features), targets (rows, ...), weights (rows,) or None."""

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None


def check_frame(x: Any) -> None:
    """Refuse a sparse matrix, and a frame with columns that hold no numbers, which it names."""
    if issparse(x):
        raise InputError(
            f"X must be dense, got a sparse {type(x).__name__} of shape {x.shape}: make the step "
            "before give dense rows, as OneHotEncoder(sparse_output=False) does, or pass "
            "X.toarray()."
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
            f"X must hold numbers in every column, got {named}{more}: encode them first, with "
            "skrub.TableVectorizer() before this estimator in a pipeline, or use "
            "`epochal train`, which does it by itself."
        )


def weighted_rows(x: np.ndarray, y: np.ndarray, sample_weight: Any) -> Part:
    """The rows whose weight is not 0, with weights of mean 1, which leave the rate alone."""
    if sample_weight is None:
        return Part(x, y, None)
    weight = check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
    counted = weight > 0
    if counted.sum() < 2:
        raise InputError(
            "sample_weight must be above 0 for at least 2 rows, got "
            f"{counted.sum()} of {len(weight)} rows above zero: check the weights."
        )
    kept = weight[counted]
    return Part(x[counted], y[counted], (kept / kept.mean()).astype(np.float32))


def split_off(whole: Part, fraction: float, labels: np.ndarray | None, seed: int) -> list[Part]:
    """A training and a validation part, with the classes in equal shares where they allow it."""
    rows = len(whole.x)
    held = min(max(1, ceil(fraction * rows)), rows - 1)
    training, validation = train_test_split(
        np.arange(rows),
        test_size=held,
        random_state=seed,
        stratify=labels if labels is not None and _can_stratify(labels, held) else None,
    )
    return [_take(whole, np.sort(training)), _take(whole, np.sort(validation))]


def _can_stratify(labels: np.ndarray, held: int) -> bool:
    """Each class needs a row in both parts."""
    classes, counts = np.unique(labels, return_counts=True)
    return bool(counts.min() >= 2 and len(classes) <= min(held, len(labels) - held))


def _take(whole: Part, rows: np.ndarray) -> Part:
    weight = None if whole.weight is None else whole.weight[rows]
    return Part(whole.x[rows], whole.y[rows], weight)
