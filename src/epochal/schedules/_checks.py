"""What every schedule asks of its numbers."""

import math
from numbers import Integral, Real

from epochal.errors import InputError


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


def check_steps(name: str, value: object, least: int) -> int:
    """`value` as an int, or `InputError`: a count of steps is a whole number from `least` on."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise InputError(
            f"{name} must be a whole number of at least {least}, got {value!r}: "
            "give epochs x ceil(rows / batch_size)."
        )
    return int(value)
