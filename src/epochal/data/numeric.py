"""Whether an array holds real numbers, of which none is masked, and weights none below 0."""

from typing import Any

import numpy as np
import pandas as pd

from epochal.data.finite import is_jax
from epochal.errors import InputError

_NOT_NUMBERS = frozenset("OSUTMm")  # objects, texts, dates and times


def check_dtype(dtype: Any, name: str) -> None:
    """Refuse a dtype of texts, objects, dates, categories or complex numbers.

    Raises
    ------
    InputError
        It is such a one.

    Examples
    --------
    >>> check_dtype(np.dtype("complex64"), "x")
    Traceback (most recent call last):
    epochal.errors.InputError: x must hold real numbers, got dtype complex64: give the real and \
the imaginary parts as columns of their own.
    """
    kind = getattr(dtype, "kind", "")
    if kind in _NOT_NUMBERS or isinstance(dtype, pd.CategoricalDtype):
        raise InputError(
            f"{name} must hold numbers, got dtype {dtype}: "
            "encode it as numbers (epochal.data.TablePreprocessor does), or convert it with "
            '.astype("float32").'
        )
    if kind == "c":
        raise InputError(
            f"{name} must hold real numbers, got dtype {dtype}: give the real and the imaginary "
            "parts as columns of their own."
        )


def check_unmasked(array: Any, name: str) -> None:
    """Refuse a masked array with a masked value: nothing that is computed would know of it.

    Raises
    ------
    InputError
        A value is masked.

    Examples
    --------
    >>> check_unmasked(np.ma.masked_greater([1, 2], 1), "x")
    Traceback (most recent call last):
    epochal.errors.InputError: x must have no masked values, got 1 of them, the first at [1]: \
drop those rows, or fill them with x.filled(...).
    """
    if isinstance(array, np.ma.MaskedArray) and np.ma.is_masked(array):
        mask = np.ma.getmaskarray(array)
        at = [int(i) for i in np.unravel_index(int(mask.argmax()), mask.shape)]
        raise InputError(
            f"{name} must have no masked values, got {int(mask.sum())} of them, the first at "
            f"{at}: drop those rows, or fill them with {name}.filled(...)."
        )


def check_not_negative(array: Any, name: str) -> None:
    """Refuse weights below 0: what they ask for is that a row be learnt the wrong way round.

    Raises
    ------
    InputError
        A weight is below 0.

    Examples
    --------
    >>> check_not_negative(np.array([1.0, -2.0]), "sample_weight")
    Traceback (most recent call last):
    epochal.errors.InputError: sample_weight must be at least 0, got -2.0 at [1]: drop such rows, \
or weigh them 0.
    """
    if not (isinstance(array, np.ndarray | pd.Series | pd.DataFrame) or is_jax(array)):
        return
    values = np.asarray(array)
    if values.dtype.kind not in "fi" or not values.min() < 0:
        return
    at = tuple(int(i) for i in np.unravel_index(int((values < 0).argmax()), values.shape))
    raise InputError(
        f"{name} must be at least 0, got {values[at]} at {list(at)}: drop such rows, or weigh "
        "them 0."
    )
