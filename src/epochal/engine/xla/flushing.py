"""Subnormal numbers of the data count as zero, as on `native`.

Of XLA's threads on a CPU some flush them and some do not: a product of a few columns gave zero
where one of many columns did not.
"""

from typing import Any

import numpy as np

_SMALLEST = np.finfo(np.float32).smallest_normal
_BLOCK = 1 << 16  # numbers that are looked at in one go: they stay in the cache


def flushed(array: Any) -> Any:
    """`array`, or where it holds subnormal numbers of float32 a copy with zeros in their places."""
    if not isinstance(array, np.ndarray) or array.dtype != np.float32:
        return array
    numbers = array.reshape(-1)
    starts = range(0, numbers.size, _BLOCK)
    found = [start for start in starts if _subnormal(numbers[start : start + _BLOCK]).any()]
    if not found:
        return array
    copy = np.array(array, order="C")
    numbers = copy.reshape(-1)
    for start in found:
        block = numbers[start : start + _BLOCK]
        block[_subnormal(block)] = 0
    return copy


def _subnormal(numbers: np.ndarray) -> np.ndarray:
    small: np.ndarray = np.abs(numbers) < _SMALLEST
    small &= numbers != 0
    return small
