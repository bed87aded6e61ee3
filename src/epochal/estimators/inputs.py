"""The rows that an estimator trains on: checked, encoded, weighted, and split for validation."""

from collections.abc import Sequence
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import validate_data

from epochal.checks import describe_kind
from epochal.compat._sklearn import check_sample_weight
from epochal.data import TablePreprocessor, infer_columns
from epochal.data.preprocessing.array_encoder import ArrayEncoder
from epochal.data.relations import Relations
from epochal.errors import InputError
from epochal.training.population.rows import folds_of_rows


class Samples(NamedTuple):
    """Inputs (rows, features), an array or a frame; targets (rows, ...); weights; groups."""

    x: Any
    y: NDArray
    weight: NDArray | None
    groups: NDArray | None = None


EvalSet = tuple[Any, Any] | Sequence[tuple[Any, Any]] | None
"""Rows (X, y) to stop early by, or a list of one such pair."""


def checked_pair(eval_set: EvalSet) -> tuple[Any, Any] | None:
    """The inputs and the targets of an `eval_set`.

    Raises
    ------
    InputError
        It is neither a pair nor a list of one.
    """
    if eval_set is None:
        return None
    pair = eval_set[0] if isinstance(eval_set, list) and len(eval_set) == 1 else eval_set
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise InputError(
            f"eval_set must be (X, y), or a list of one such pair, got {describe_kind(eval_set)}: "
            "pass eval_set=(X_valid, y_valid)."
        )
    return pair


def checked_inputs(estimator: Any, x: Any, *, reset: bool) -> Any:
    """`x` as a float array, or as a frame where a column of it is no number.

    Parameters
    ----------
    estimator : BaseEstimator
        Whose number and names of features are set (`reset`), or compared.

    Raises
    ------
    InputError, ValueError
        What scikit-learn's own checks refuse.
    """
    if isinstance(x, pd.DataFrame) and not _is_numeric(x):
        validate_data(estimator, x, reset=reset, skip_check_array=True)
        return x.rename(columns=str)
    array = validate_data(
        estimator,
        x,
        reset=reset,
        dtype=(np.float64, np.float32),
        accept_sparse="csr",
        ensure_all_finite="allow-nan",
    )
    return array.toarray() if issparse(array) else array


def _is_numeric(frame: pd.DataFrame) -> bool:
    kinds = frame.dtypes
    return all(
        pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind) for kind in kinds
    )


def fitted_encoder(
    x: Any, y: NDArray, task: str, numeric_encoding: str
) -> tuple[ArrayEncoder | TablePreprocessor, NDArray]:
    """What encodes inputs, fitted on the rows `x` of targets `y`; and those rows encoded."""
    if not isinstance(x, pd.DataFrame):
        encoder = ArrayEncoder(numeric_encoding)
        return encoder, encoder.fit_transform(x)
    table = TablePreprocessor(numeric_encoding)
    return table, table.fit_transform(x, infer_columns(x, target=()), y, task)


def weighted_rows(x: Any, y: NDArray, sample_weight: Any, groups: Any = None) -> Samples:
    """The rows whose weight is not 0; weights of mean 1 do not change the best learning rate."""
    codes = Relations.of(len(x), groups=groups).groups
    if sample_weight is None:
        return Samples(x, y, None, codes)
    weight = check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
    counted = weight > 0
    if counted.sum() < 2:
        raise InputError(
            "sample_weight must be above 0 for at least 2 rows, got "
            f"{counted.sum()} of {len(weight)} rows: check the weights."
        )
    kept = weight[counted]
    weights = (kept / kept.mean()).astype(np.float32)
    return Samples(x[counted], y[counted], weights, None if codes is None else codes[counted])


def check_groups(relations: Relations) -> None:
    """`InputError` for groups of which none can be held out."""
    if relations.groups is not None and relations.folds_at_most < 2:
        raise InputError(
            "groups must hold at least 2 different groups, got 1: leave groups out, or name what "
            "rows have in common."
        )


def split_off(samples: Samples, fraction: float, relations: Relations, seed: int) -> list[Samples]:
    """A training and a validation part, stratified where each class has enough rows.

    Groups stay together, so that the part may be somewhat larger or smaller then.
    """
    rows = len(samples.x)
    if relations.groups is not None:
        count = min(max(2, round(1 / fraction)), relations.folds_at_most)
        return [_take(samples, each) for each in folds_of_rows(relations, count, seed)[0]]
    labels = relations.classes
    held = min(max(1, ceil(fraction * rows)), rows - 1)
    training, validation = train_test_split(
        np.arange(rows),
        test_size=held,
        random_state=seed,
        stratify=labels if labels is not None and _can_stratify(labels, held) else None,
    )
    return [_take(samples, np.sort(training)), _take(samples, np.sort(validation))]


def _can_stratify(labels: NDArray, held: int) -> bool:
    """Whether each class can have a row in both parts."""
    classes, counts = np.unique(labels, return_counts=True)
    return bool(counts.min() >= 2 and len(classes) <= min(held, len(labels) - held))


def _take(samples: Samples, rows: NDArray) -> Samples:
    weight = None if samples.weight is None else samples.weight[rows]
    x = samples.x.iloc[rows] if isinstance(samples.x, pd.DataFrame) else samples.x[rows]
    groups = None if samples.groups is None else samples.groups[rows]
    return Samples(x, samples.y[rows], weight, groups)
