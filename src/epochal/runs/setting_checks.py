"""What each setting of a training run must be: from what a caller writes to a plain value."""

import math
import re
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

from epochal.checks import check_seconds, check_weights, check_whole, real
from epochal.errors import InputError, suggest
from epochal.models.guidelines import ALL_GUIDELINES

VALIDATION_SIZE = 0.15
"""Fraction of all rows held out to choose the best epoch."""

MIN_FOLDS = 2

_HIGHEST_SEED = 2**32 - 1
_COSTS = ("fp", "fn")


def check_names(name: str, value: object) -> tuple[str, ...]:
    """Column names; a string is one."""
    names = _as_tuple(value)
    if names is None or not all(isinstance(one, str) for one in names):
        raise InputError(
            f"{name} must be a column name or a list of column names, got {value!r}: give e.g. "
            "'age'."
        )
    return tuple(map(str, names))


def check_target(name: str, value: object) -> tuple[str, ...]:
    """At least one column, each once."""
    names = check_names(name, value)
    if not names or not all(names):
        raise InputError(
            f"{name} must name at least one column, got {value!r}: name the column to predict."
        )
    for one in names:
        if names.count(one) > 1:
            raise InputError(
                f"{name} must name different columns, got {one!r} {names.count(one)} times: name "
                "it once."
            )
    return names


def check_kinds(name: str, value: object) -> dict[str, str]:
    """Kinds by column."""
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value):
        raise InputError(
            f"{name} must map column names to kinds, got {value!r}: give e.g. "
            "{'zip': 'category'}."
        )
    return dict(value)


def check_task(name: str, value: object) -> str | None:
    """A string; whether it exists and suits the target, `infer_task` checks."""
    if value is not None and not isinstance(value, str):
        raise InputError(f"{name} must be a string or None, got {value!r}: give e.g. 'regression'.")
    return value


def check_positive(name: str, value: object) -> object:
    """A class or None: `infer_task` knows the two."""
    plain = value.item() if hasattr(value, "item") else value  # NumPy's numbers
    if plain is not None and not isinstance(plain, str | int | float):
        raise InputError(
            f"{name} must be a class of the target, got {value!r}: give it as text, such as 'yes'."
        )
    return plain


def check_metric(name: str, value: object) -> str | None:
    """A text or None: the task knows its scores."""
    if value is not None and not isinstance(value, str):
        raise InputError(f"{name} must be a string or None, got {value!r}: give e.g. 'AUC'.")
    return value


def check_cost(name: str, value: object) -> dict[str, float] | None:
    """Costs of a false positive and of a false negative, "fp" and "fn"; or None."""
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) != set(_COSTS):
        raise InputError(
            f"{name} must be the costs of a false positive and of a false negative, got {value!r}: "
            "give e.g. {'fp': 1, 'fn': 5}."
        )
    costs = {one: _number(value[one]) for one in _COSTS}
    if not all(0 <= cost < math.inf for cost in costs.values()) or not any(costs.values()):
        raise InputError(
            f"{name} must be two numbers of at least 0, not both 0, got {value!r}: give e.g. "
            "{'fp': 1, 'fn': 5}."
        )
    return costs


def check_fraction(name: str, value: object) -> float | None:
    """A number above 0 and up to 1, or None."""
    if value is None:
        return None
    if not 0 < _number(value) <= 1:
        raise InputError(
            f"{name} must be a number above 0 and up to 1, got {value!r}: give e.g. 0.9."
        )
    return _number(value)


def _number(value: object) -> float:
    """A number, also as text; NaN for what is none."""
    try:
        return math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


def check_sheet(name: str, value: object) -> str | None:
    """The name of a sheet; whether it exists, `read_table` checks."""
    if value is not None and not isinstance(value, str):
        raise InputError(
            f"{name} must be the name of a sheet or None, got {value!r}: give e.g. 'Sheet1'."
        )
    return value


def check_network(name: str, value: object) -> str:
    """A guideline."""
    if not isinstance(value, str) or value not in ALL_GUIDELINES:
        raise InputError(
            f"{name} must be one of {', '.join(ALL_GUIDELINES)}, got {value!r}."
            f"{suggest(value, ALL_GUIDELINES)}"
        )
    return str(value)


def check_hidden(name: str, value: object) -> tuple[int, ...] | None:
    """Units of each hidden layer."""
    if value is None:
        return None
    units = None if isinstance(value, str) else _as_tuple(value)
    if units is None:
        raise InputError(
            f"{name} must be the number of units of each hidden layer, got {value!r}: give e.g. "
            "[100, 100]."
        )
    widths = tuple(check_whole(name, one, 1, "give e.g. [100, 100]") for one in units)
    check_weights(name, widths)
    return widths


def check_count(name: str, value: object) -> int | None:
    """A whole number of at least 1."""
    return None if value is None else check_whole(name, value, 1, "give e.g. 32")


def check_time(name: str, value: object) -> float | None:
    """Seconds, from a number or a text with a unit."""
    if value is None:
        return None
    try:
        return check_seconds(name, value)
    except InputError as error:
        raise InputError(f"{error} A column of times is time_column.") from None


def check_column(name: str, value: object) -> str | None:
    """A column name."""
    if value is not None and (not isinstance(value, str) or not value):
        raise InputError(f"{name} must be a column name, got {value!r}: name one, or leave it out.")
    return value


def check_flag(name: str, value: object) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise InputError(f"{name} must be True or False, got {value!r}: give e.g. True.")
    return value


def check_gap(name: str, value: object) -> float | str | None:
    """A number or a duration; whether it suits the times, `Relations` checks."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InputError(
            f"{name} must be a number or a duration, got {value!r}: give e.g. '7 days'."
        )
    return float(value)


def check_cv(name: str, value: object) -> str | None:
    """Folds and how often they are drawn, as "5x2", from such a text or a number of folds."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d+)(?:x(\d+))?", str(value).strip().lower())
    folds, draws = (int(found[1]), int(found[2] or 1)) if found else (0, 0)
    if folds < MIN_FOLDS or draws < 1:
        raise InputError(
            f"{name} must be a number of folds of at least {MIN_FOLDS}, or folds x draws, got "
            f"{value!r}: give e.g. 5, or 5x2 for five folds drawn twice."
        )
    return f"{folds}x{draws}"


def check_seed(name: str, value: object) -> int:
    """A seed."""
    seed = check_whole(name, value, 0, "give e.g. 0")
    if seed > _HIGHEST_SEED:
        raise InputError(f"{name} must be at most {_HIGHEST_SEED}, got {seed}: give e.g. 0.")
    return seed


def check_test_size(name: str, value: object) -> float:
    """A fraction; that it leaves rows to train and to validate on, `check_together` checks."""
    if not 0 < real(value) < 1:
        raise InputError(
            f"{name} must be a fraction above 0 and below {1 - VALIDATION_SIZE:g} "
            f"({VALIDATION_SIZE:.0%} of the rows are for validation), got {value!r}: give e.g. 0.2."
        )
    return real(value)


def _as_tuple(value: object) -> tuple[Any, ...] | None:
    """The members of a list, or a string as the only one; None for what is neither."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        return None
    return tuple(value)
