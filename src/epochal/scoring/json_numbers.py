"""Numbers that do not exist: NaN in memory, null in a JSON file."""

import math
from collections.abc import Mapping
from typing import Any


def nan_to_none(value: Any) -> Any:
    """`value` as JSON can hold it: NaN and infinity become None, tuples become lists.

    Examples
    --------
    >>> nan_to_none({"low": float("nan"), "ends": (0.5, float("inf"))})
    {'low': None, 'ends': [0.5, None]}
    """
    if isinstance(value, Mapping):
        return {str(name): nan_to_none(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [nan_to_none(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def none_to_nan(value: float | None) -> float:
    """The number that `nan_to_none` wrote.

    Examples
    --------
    >>> none_to_nan(None), none_to_nan(0.5)
    (nan, 0.5)
    """
    return math.nan if value is None else value
