"""What the settings of a network and its training must be, each and together."""

import math
from numbers import Real
from typing import TYPE_CHECKING

from epochal.errors import InputError, suggest
from epochal.runs.setting_checks import VALIDATION_SIZE

if TYPE_CHECKING:  # they are checked by this module
    from epochal.runs.settings import TrainSettings

CLASS_WEIGHTS = ("balanced", "auto")
"""Of scikit-learn's formula; and those where they are better on rows that are left out."""


def check_penalty(name: str, value: object) -> float | None:
    """A finite number of at least 0, or None."""
    if value is None:
        return None
    if not 0 <= _real(value) < math.inf:
        raise InputError(
            f"{name} must be a finite number of at least 0, got {value!r}: give e.g. 0.001."
        )
    return _real(value)


def check_dropout(name: str, value: object) -> float | None:
    """A number of at least 0 and below 1, or None."""
    if value is None:
        return None
    if not 0 <= _real(value) < 1:
        raise InputError(
            f"{name} must be a number of at least 0 and below 1, got {value!r}: give e.g. 0.3."
        )
    return _real(value)


def check_rate(name: str, value: object) -> float | None:
    """A finite number above 0, or None."""
    if value is None:
        return None
    if not 0 < _real(value) < math.inf:
        raise InputError(f"{name} must be a finite number above 0, got {value!r}: give e.g. 0.001.")
    return _real(value)


def check_part(name: str, value: object) -> float | None:
    """A number above 0 and below 1, or None."""
    if value is None:
        return None
    if not 0 < _real(value) < 1:
        raise InputError(
            f"{name} must be a fraction above 0 and below 1, got {value!r}: give e.g. 0.15."
        )
    return _real(value)


def check_class_weight(name: str, value: object) -> str | None:
    """One of `CLASS_WEIGHTS`, or None."""
    if value is not None and value not in CLASS_WEIGHTS:
        near = suggest(value, CLASS_WEIGHTS) if isinstance(value, str) else ""
        raise InputError(
            f"{name} must be {' or '.join(map(repr, CLASS_WEIGHTS))}, or left out, got "
            f"{value!r}: give 'auto' to see whether it helps.{near}"
        )
    return None if value is None else str(value)


def _real(value: object) -> float:
    """A number; NaN for what is none."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    return float(value) if number else math.nan  # type: ignore[arg-type]


def check_together(settings: "TrainSettings") -> None:
    """Refuse settings that cannot be together.

    Raises
    ------
    InputError
        Parts that leave no rows to train on, two ways to balance the classes, a regularizer of
        hidden layers without any, or a time beside what is tried without one.
    """
    validation = settings.validation_size or VALIDATION_SIZE
    if not settings.test_size < 1 - validation:
        raise InputError(
            f"test_size must be a fraction above 0 and below {1 - validation:g} "
            f"({validation:.0%} of the rows are for validation), got {settings.test_size!r}: give "
            "e.g. 0.2."
        )
    if settings.oversample and settings.class_weight is not None:
        raise InputError(
            "oversample must not be given with class_weight, got both, which do the same: leave "
            "one of them out."
        )
    for name in ("l2", "dropout"):
        if settings.hidden == () and getattr(settings, name):
            raise InputError(
                f"{name} must be left out of a network without hidden layers, which are what it "
                f"regularizes, got {getattr(settings, name):g}: leave it out."
            )
    tried = {"try_remedies": settings.try_remedies, "class_weight": settings.class_weight == "auto"}
    for name, asked in tried.items():
        if asked and settings.time is not None:
            value = f" {settings.class_weight!r}" if name == "class_weight" else ""
            raise InputError(
                f"time must not be given with {name}{value}, whose trainings come on top of it, "
                f"got {settings.time:g} s: leave one of them out, or give epochs."
            )


def check_members(settings: "TrainSettings", members: int) -> None:
    """Refuse a validation part where several networks have rows of their own to stop by.

    Raises
    ------
    InputError
        There are several networks, and the size of a validation part.
    """
    if settings.validation_size is not None and members > 1:
        raise InputError(
            "validation_size must be left out where several networks are trained, as each stops by "
            f"training rows that it leaves out, got {settings.validation_size:g} and {members} "
            "networks: leave it out, or train one (members=1)."
        )
