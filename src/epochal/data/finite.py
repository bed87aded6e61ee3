"""Whether every value of an array is finite once it is float32, which is what engines compute in.

Values are read once, in blocks, so that a memory-mapped array larger than the memory is checked at
constant memory and at the speed of reading it.
"""

from typing import Any

import numpy as np
import pandas as pd

from epochal.errors import InputError

_BLOCK_BYTES = 4 << 20  # large enough to amortise the call, small enough for the cache

_OVERFLOW = 2.0**128 - 2.0**103
"""The smallest number that rounds to infinity in float32: half a step above its maximum."""


def check_finite(array: Any, name: str) -> None:
    """Refuse NaN, infinity, and numbers beyond the range of float32.

    Parameters
    ----------
    array : array
        NumPy arrays, pandas frames and series, and JAX arrays are read; others pass.
    name : str
        What the error calls it.

    Raises
    ------
    InputError
        With the first such value in row order, its position, and how many there are.

    Examples
    --------
    >>> check_finite(np.array([1.0, 1e39]), "x")
    Traceback (most recent call last):
    epochal.errors.InputError: x must be finite in float32, got 1e+39 at [1]: scale such values \
down, or drop them.
    """
    if isinstance(array, pd.DataFrame | pd.Series):
        _check_frame(array, name)
    elif isinstance(array, np.ndarray):
        count, first = _non_finite(array)
        if count:
            raise _refusal(name, array[first], f"at {list(first)}", count)
    elif is_jax(array) and array.dtype.kind in "fcV" and not _finite_on_device(array):
        check_finite(np.asarray(array), name)


def is_jax(array: Any) -> bool:
    """Whether it is an array of JAX's, told without importing JAX."""
    return type(array).__module__.partition(".")[0] in ("jax", "jaxlib")


def _finite_on_device(array: Any) -> bool:
    """Whether it surely is: the sum is taken on the device, and only what fails is copied."""
    return array.dtype.itemsize <= 4 and bool(np.isfinite(complex(array.sum())))


def _check_frame(table: pd.DataFrame | pd.Series, name: str) -> None:
    frame = table.to_frame() if isinstance(table, pd.Series) else table
    total, where, value = 0, "", None
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        count, first = _non_finite(_column_values(column))
        if count and not total:
            value = column.iloc[first[0]]
            where = f"in row {frame.index[first[0]]}"
            if isinstance(table, pd.DataFrame):
                where += f", column {frame.columns[position]!r}"
        total += count
    if total:
        raise _refusal(name, value, where, total)


def _column_values(column: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy()
    # pandas' nullable and Arrow dtypes: their NA becomes NaN.
    return column.to_numpy(dtype="float64", na_value=np.nan)


def _refusal(name: str, value: Any, where: str, count: int) -> InputError:
    more = f" ({count} such values)" if count > 1 else ""
    if value is not pd.NA and np.isfinite(value):
        must, remedy = "finite in float32", "scale such values down, or drop them"
    else:
        must, remedy = "finite", "fill or drop such values"
    return InputError(f"{name} must be {must}, got {value} {where}{more}: {remedy}.")


def _non_finite(array: np.ndarray) -> tuple[int, tuple[int, ...]]:
    """Count of the values that are not finite in float32, and the index of the first in row order.

    Positions are looked for only in a block that fails a test at the speed of memory, without a
    temporary (see `_surely_finite`).
    """
    if array.dtype.kind not in "fcV":
        return 0, ()
    flat = array.reshape(-1) if array.flags.c_contiguous else array
    step = max(1, _BLOCK_BYTES * len(flat) // array.nbytes)
    count, first = 0, -1
    for start in range(0, len(flat), step):
        block = flat[start : start + step]
        if _surely_finite(block):
            continue
        bad = np.flatnonzero(~_finite(block))
        if len(bad) and not count:
            first = start * (flat.size // len(flat)) + int(bad[0])
        count += len(bad)
    return count, tuple(int(i) for i in np.unravel_index(first, array.shape)) if count else ()


def _surely_finite(block: np.ndarray) -> bool:
    """A test that passes no bad block, and nearly every good one.

    Of float32 and narrower, a NaN or an infinity makes the sum of the block one (large finite
    values may, too). Of wider types the extremes must be within float32's range; NaN is not.
    """
    if _may_overflow(block.dtype):
        return bool(block.min() > -_OVERFLOW and block.max() < _OVERFLOW)
    accumulator = np.float32 if block.dtype.itemsize < 4 else None
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.add.reduce(block, axis=None, dtype=accumulator)))


def _finite(block: np.ndarray) -> np.ndarray:
    if _may_overflow(block.dtype):
        return np.asarray(np.abs(block) < _OVERFLOW)
    return np.asarray(np.isfinite(block))


def _may_overflow(dtype: np.dtype) -> bool:
    return dtype.kind == "f" and dtype.itemsize > 4
