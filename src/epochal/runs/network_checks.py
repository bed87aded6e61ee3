"""What each setting of a network and its training must be."""

import math

from epochal.checks import real
from epochal.errors import InputError, suggest
from epochal.models.distribution_names import check_distribution_name

CLASS_WEIGHTS = ("balanced", "auto")
"""Of scikit-learn's formula; and those where they are better on rows that are left out."""


def check_penalty(name: str, value: object) -> float | None:
    """A finite number of at least 0, or None."""
    if value is None:
        return None
    if not 0 <= real(value) < math.inf:
        raise InputError(
            f"{name} must be a finite number of at least 0, got {value!r}: give e.g. 0.001."
        )
    return real(value)


def check_dropout(name: str, value: object) -> float | None:
    """A number of at least 0 and below 1, or None."""
    if value is None:
        return None
    if not 0 <= real(value) < 1:
        raise InputError(
            f"{name} must be a number of at least 0 and below 1, got {value!r}: give e.g. 0.3."
        )
    return real(value)


def check_rate(name: str, value: object) -> float | None:
    """A finite number above 0, or None."""
    if value is None:
        return None
    if not 0 < real(value) < math.inf:
        raise InputError(f"{name} must be a finite number above 0, got {value!r}: give e.g. 0.001.")
    return real(value)


def check_part(name: str, value: object) -> float | None:
    """A number above 0 and below 1, or None."""
    if value is None:
        return None
    if not 0 < real(value) < 1:
        raise InputError(
            f"{name} must be a fraction above 0 and below 1, got {value!r}: give e.g. 0.15."
        )
    return real(value)


def check_distribution(name: str, value: object) -> str | None:
    """The name of a distribution, or None; whether the task has such, `plan_table` checks."""
    return None if value is None else check_distribution_name(value)


def check_class_weight(name: str, value: object) -> str | None:
    """One of `CLASS_WEIGHTS`, or None."""
    if value is not None and value not in CLASS_WEIGHTS:
        near = suggest(value, CLASS_WEIGHTS) if isinstance(value, str) else ""
        raise InputError(
            f"{name} must be {' or '.join(map(repr, CLASS_WEIGHTS))}, or left out, got "
            f"{value!r}: give 'auto' to see whether it helps.{near}"
        )
    return None if value is None else str(value)
