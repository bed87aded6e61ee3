"""Arrays checked at the door: shape, dtype, finite values, and whether a target suits its loss.

Nothing is copied or repaired. Values are read once, in blocks, so that a memory-mapped array
larger than the memory is checked at constant memory and at the speed of reading it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from epochal.data.targets import check_target
from epochal.errors import InputError

_BLOCK_BYTES = 4 << 20  # large enough to amortise the call, small enough for the cache
_UNTRAINABLE_KINDS = {
    "O": "object",
    "S": "bytes",
    "U": "text",
    "T": "text",
    "M": "date",
    "m": "time",
}


def check_arrays(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    loss: Any = None,
    classes: Any = None,
    names: tuple[str, str, str] = ("x", "y", "sample_weight"),
) -> None:
    """Refuse what cannot be trained on, in one sentence that says where and what to do.

    Parameters
    ----------
    x, y, sample_weight : array, or list, tuple or dict of arrays, or None
        Each array of shape (rows, ...). NumPy arrays (memory-mapped too), pandas frames and
        series, and JAX arrays are read; of any other array only shape and dtype are looked at.
        Streams (generators, `PyDataset`) are refused: their caller leaves them out.
    loss : str, or list or dict of str, or None
        Name of the Keras loss that `y` is for, e.g. ``"sparse_categorical_crossentropy"``;
        for several outputs one each, in the structure of `y`. None checks no target.
    classes : int, or list or dict of int, or None
        Width of the model's output, of shape (rows, classes). None where the output has
        another rank (sequences, images): the target's width is then not checked.
    names : tuple of str
        What the sentences call `x`, `y` and `sample_weight`.

    Raises
    ------
    InputError
        No array, rank 0, no rows, a dtype that is no number, different numbers of rows, NaN or
        infinity (with the first position and the count), a target that does not suit `loss`.

    Examples
    --------
    >>> check_arrays(np.zeros((4, 2)), np.array([0, 1, 2, 1]),
    ...              loss="sparse_categorical_crossentropy", classes=3)
    >>> check_arrays(np.array([[0.0, np.nan]]))
    Traceback (most recent call last):
    epochal.errors.InputError: x must be finite: 1 value is not, the first at [0, 1] (nan). \
Fill or drop such values.
    """
    named = zip(names, (x, y, sample_weight), strict=True)
    leaves = [leaf for name, value in named for leaf in _leaves(value, name)]
    for name, array in leaves:
        _check_form(array, name)
    _check_lengths(leaves)
    for name, array in leaves:
        _check_finite(array, name)
    check_targets(y, loss, classes, names[1])


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if value is None:
        return
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(part, f"{name}[{key!r}]")
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            if not _is_array(part) and not isinstance(part, Mapping | list | tuple | None):
                raise InputError(
                    f"{name} must be an array, or a list of arrays for several inputs, "
                    f"but it is a {type(value).__name__} that holds {part!r}. "
                    f"Wrap it: numpy.asarray({name})."
                )
            yield from _leaves(part, f"{name}[{index}]")
    elif _is_array(value):
        yield name, value
    else:
        raise InputError(
            f"{name} must be an array, but it is a {type(value).__name__}. "
            "Give a NumPy, pandas or JAX array, or a dict or list of them."
        )


def _is_array(value: Any) -> bool:
    return isinstance(value, pd.DataFrame) or (hasattr(value, "shape") and hasattr(value, "dtype"))


def _check_form(array: Any, name: str) -> None:
    shape = tuple(array.shape)
    if not shape:
        raise InputError(
            f"{name} must have one row for each example, but it is a single value (shape ()). "
            f"Give an array of shape (rows, ...)."
        )
    if 0 in shape:
        raise InputError(
            f"{name} must not be empty, but its shape is {shape}. "
            "Check how it was read or selected."
        )
    for where, dtype in _dtypes(array, name):
        kind = getattr(dtype, "kind", "")
        if kind in _UNTRAINABLE_KINDS or isinstance(dtype, pd.CategoricalDtype):
            raise InputError(
                f"{where} must hold numbers, but its dtype is {dtype}. "
                "Encode it as numbers (epochal.data.TablePreprocessor does), or convert it: "
                '.astype("float32").'
            )


def _dtypes(array: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(array, pd.DataFrame):
        for column, dtype in array.dtypes.items():
            yield f"{name}[{column!r}]", dtype
    else:
        yield name, array.dtype


def _check_lengths(leaves: list[tuple[str, Any]]) -> None:
    if not leaves:
        return
    first, rows = leaves[0][0], int(leaves[0][1].shape[0])
    for name, array in leaves[1:]:
        if int(array.shape[0]) != rows:
            raise InputError(
                f"{name} must have as many rows as {first}, but {name} has {array.shape[0]} "
                f"(shape {tuple(array.shape)}) and {first} has {rows}. "
                "Check how the two were selected."
            )


def _check_finite(array: Any, name: str) -> None:
    if isinstance(array, pd.DataFrame | pd.Series):
        _check_frame_finite(array, name)
    elif isinstance(array, np.ndarray):
        count, first = _non_finite(array)
        _refuse_non_finite(name, count, f"at {list(first)} ({array[first]})" if count else "")
    elif _is_jax(array) and array.dtype.kind in "fcV" and not np.isfinite(complex(array.sum())):
        # The sum is taken on the device: only an array that fails is copied to the host.
        _check_finite(np.asarray(array), name)


def _is_jax(array: Any) -> bool:
    return type(array).__module__.partition(".")[0] in ("jax", "jaxlib")


def _check_frame_finite(table: "pd.DataFrame | pd.Series", name: str) -> None:
    frame = table.to_frame() if isinstance(table, pd.Series) else table
    count, where = 0, ""
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        found, first = _non_finite(_column_values(column))
        if found and not count:
            row, label = frame.index[first[0]], frame.columns[position]
            where = (
                f"in row {row}"
                if isinstance(table, pd.Series)
                else f"in row {row}, column {label!r}"
            )
            where += f" ({column.iloc[first[0]]})"
        count += found
    _refuse_non_finite(name, count, where)


def _column_values(column: "pd.Series") -> np.ndarray:
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy()
    # pandas' nullable and Arrow dtypes: their NA becomes NaN.
    return column.to_numpy(dtype="float64", na_value=np.nan)


def _refuse_non_finite(name: str, count: int, where: str) -> None:
    if count:
        values = "1 value is" if count == 1 else f"{count} values are"
        raise InputError(
            f"{name} must be finite: {values} not, the first {where}. Fill or drop such values."
        )


def _non_finite(array: np.ndarray) -> tuple[int, tuple[int, ...]]:
    """Count of NaN and infinite values, and the index of the first in row order.

    A block with a NaN or an infinity has a sum that is not finite, and the sum runs at the
    speed of memory without a temporary; positions are looked for only where it fails (large
    finite values may overflow it: those are told apart there).
    """
    if array.dtype.kind not in "fcV":
        return 0, ()
    flat = array.reshape(-1) if array.flags.c_contiguous else array
    step = max(1, _BLOCK_BYTES * len(flat) // array.nbytes)
    accumulator = np.float32 if array.dtype.itemsize < 4 else None
    count, first = 0, -1
    for start in range(0, len(flat), step):
        block = flat[start : start + step]
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(np.add.reduce(block, axis=None, dtype=accumulator)):
                continue
        bad = np.flatnonzero(~np.isfinite(block))
        if len(bad) and not count:
            first = start * (flat.size // len(flat)) + int(bad[0])
        count += len(bad)
    return count, tuple(int(i) for i in np.unravel_index(first, array.shape)) if count else ()


def check_targets(y: Any, loss: Any, classes: Any, name: str) -> None:
    """Walk `y`, `loss` and `classes` together; a loss or width for all of them is shared."""
    if y is None or loss is None:
        return
    about = (loss, classes, name)
    if isinstance(y, Mapping):
        for key, part in y.items():
            check_targets(part, _part(loss, key), _part(classes, key), f"{name}[{key!r}]")
    elif isinstance(y, list | tuple):
        for index, part in enumerate(y):
            check_targets(part, _part(loss, index), _part(classes, index), f"{name}[{index}]")
    elif isinstance(loss, str) and isinstance(y, np.ndarray | pd.Series | pd.DataFrame):
        values = y if isinstance(y, np.ndarray) else y.to_numpy()
        # pandas' nullable dtypes come out as objects.
        check_target(values.astype("float64") if values.dtype == object else values, *about)
    elif isinstance(loss, str) and _is_jax(y):
        check_target(np.asarray(y), *about)


def _part(structure: Any, key: Any) -> Any:
    if isinstance(structure, Mapping):
        return structure.get(key)
    if isinstance(structure, list | tuple):
        return structure[key] if isinstance(key, int) and key < len(structure) else None
    return structure
