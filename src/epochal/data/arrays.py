"""Arrays are checked before use: shape, dtype, finite values, and whether a target suits its loss.

Nothing is copied or repaired.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from epochal.checks import describe_kind
from epochal.data.finite import check_finite, is_jax
from epochal.data.numeric import check_dtype, check_not_negative, check_unmasked
from epochal.data.targets import check_target
from epochal.errors import InputError


def check_arrays(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    loss: Any = None,
    classes: Any = None,
    names: tuple[str, str, str] = ("x", "y", "sample_weight"),
) -> None:
    """Refuse arrays that cannot be trained on.

    Parameters
    ----------
    x, y, sample_weight : array, or list, tuple or dict of arrays, or None
        Each array of shape (rows, ...). NumPy arrays (memory-mapped too), pandas frames and
        series, and JAX arrays are read; of any other array only shape and dtype are checked.
        Generators and `PyDataset` are refused: the caller does not pass them here.
    loss : str, or list or dict of str, or None
        Name of the Keras loss, such as ``"sparse_categorical_crossentropy"``; for several
        outputs one each, in the structure of `y`. None checks no target.
    classes : int, or list or dict of int, or None
        Width of the model's output, of shape (rows, classes). None where the output has
        another rank (sequences, images): the target's width is then not checked.
    names : tuple of str
        What errors call `x`, `y` and `sample_weight`.

    Raises
    ------
    InputError
        Not an array, rank 0, no rows, a dtype that is not numeric or complex, masked values,
        different numbers of rows, a value that is not finite in float32, a weight below 0, a
        target that does not suit `loss`.

    Examples
    --------
    >>> check_arrays(np.zeros((4, 2)), np.array([0, 1, 2, 1]),
    ...              loss="sparse_categorical_crossentropy", classes=3)
    >>> check_arrays(np.array([[0.0, np.nan]]))
    Traceback (most recent call last):
    epochal.errors.InputError: x must be finite, got nan at [0, 1]: fill or drop such values.
    """
    named = zip(names, (x, y, sample_weight), strict=True)
    leaves = [leaf for name, value in named for leaf in _leaves(value, name)]
    for name, array in leaves:
        _check_form(array, name)
    _check_lengths(leaves)
    for name, array in leaves:
        check_finite(array, name)
    for name, array in _leaves(sample_weight, names[2]):
        check_not_negative(array, name)
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
                    f"{name} must be an array, or a list of arrays for several inputs, got a "
                    f"{type(value).__name__} that holds {part!r}: use numpy.asarray({name})."
                )
            yield from _leaves(part, f"{name}[{index}]")
    elif _is_array(value):
        yield name, value
    else:
        raise InputError(
            f"{name} must be an array, got {describe_kind(value)}: "
            "give a NumPy, pandas or JAX array, or a dict or list of them."
        )


def _is_array(value: Any) -> bool:
    return isinstance(value, pd.DataFrame) or (hasattr(value, "shape") and hasattr(value, "dtype"))


def _check_form(array: Any, name: str) -> None:
    shape = tuple(array.shape)
    if not shape:
        raise InputError(
            f"{name} must have one row per example, got a single value (shape ()): "
            "give an array of shape (rows, ...)."
        )
    if 0 in shape:
        raise InputError(
            f"{name} must not be empty, got shape {shape}: check how it was read or selected."
        )
    for where, dtype in _dtypes(array, name):
        check_dtype(dtype, where)
    check_unmasked(array, name)


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
                f"{name} must have as many rows as {first} ({rows}), got {array.shape[0]} "
                f"(shape {tuple(array.shape)}): check how the two were selected."
            )


def check_indices(array: Any, name: str) -> None:
    """Refuse whole numbers that do not fit into int32, in which engines keep indices.

    For what is an index, such as the input of an `Embedding`: it must not be rounded to float32.

    Raises
    ------
    InputError
        A value below -2**31 or from 2**31 on.

    Examples
    --------
    >>> check_indices(np.array([3, 2**31]), "x")
    Traceback (most recent call last):
    epochal.errors.InputError: x must hold indices that fit into int32, got 2147483648 at [1]: \
number the values from 0.
    """
    values = array if isinstance(array, np.ndarray) else np.asarray(array)
    if values.dtype.kind not in "iu" or np.can_cast(values.dtype, np.int32):
        return
    fits = np.iinfo(np.int32)
    if int(values.min()) < fits.min or int(values.max()) > fits.max:
        bad = (values < fits.min) | (values > fits.max)
        at = tuple(int(i) for i in np.unravel_index(int(bad.argmax()), bad.shape))
        raise InputError(
            f"{name} must hold indices that fit into int32, got {values[at]} at {list(at)}: "
            "number the values from 0."
        )


def check_targets(y: Any, loss: Any, classes: Any, name: str) -> None:
    """Check each target against its loss; a single loss or width holds for all of them."""
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
    elif isinstance(loss, str) and is_jax(y):
        check_target(np.asarray(y), *about)


def _part(structure: Any, key: Any) -> Any:
    if isinstance(structure, Mapping):
        return structure.get(key)
    if isinstance(structure, list | tuple):
        return structure[key] if isinstance(key, int) and key < len(structure) else None
    return structure
