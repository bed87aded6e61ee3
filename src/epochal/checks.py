"""What every door asks of a number: `InputError` in one sentence, or the number."""

import math
from itertools import pairwise
from numbers import Integral, Real

from epochal.errors import InputError

STEPS_FORMULA = "give epochs x ceil(rows / batch_size)"


def check_rate(name: str, value: object) -> float:
    """`value` as a float, or `InputError`: a learning rate is a finite number above 0."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InputError(f"{name} must be a number above 0, got {value!r}: give one such as 0.01.")
    rate = float(value)
    if not (math.isfinite(rate) and rate > 0):
        raise InputError(
            f"{name} must be finite and above 0, got {value!r}: give a rate such as 0.01."
        )
    return rate


def check_whole(name: str, value: object, least: int, remedy: str) -> int:
    """`value` as an int, or `InputError`: a whole number from `least` on; `remedy`: what to do."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise InputError(
            f"{name} must be a whole number of at least {least}, got {value!r}: {remedy}."
        )
    return int(value)


def check_steps(name: str, value: object, least: int = 1) -> int:
    """`value` as an int, or `InputError`: a count of training steps."""
    return check_whole(name, value, least, STEPS_FORMULA)


def check_boundaries(schedule: object) -> None:
    """`InputError` where a piecewise schedule's boundaries do not rise: Keras takes any order."""
    boundaries = getattr(schedule, "boundaries", None)
    if not isinstance(boundaries, list | tuple):
        return
    for before, after in pairwise(boundaries):
        if not before < after:
            raise InputError(
                f"boundaries of {type(schedule).__name__} must rise, got {after} after {before}: "
                "sort them, and their values with them."
            )
