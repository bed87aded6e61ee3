"""What every entry point asks of a number, and of a folder: `InputError` in one sentence."""

import math
import os
import re
from collections.abc import Sequence
from itertools import pairwise
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from epochal.errors import InputError

MOST_WEIGHTS = 2**29  # of a network: 2 GiB, and as much again for each state of an optimiser
_LONGEST = 200  # characters of a name in a message; a file's own name has 255 at most

STEPS_FORMULA = "give epochs x ceil(rows / batch_size)"


def real(value: object) -> float:
    """A number as a float; NaN, which is in no range, for what is none: a bool, a text, None.

    Examples
    --------
    >>> real(2), real("2"), real(True)
    (2.0, nan, nan)
    """
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan


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


def check_positive(name: str, value: object, remedy: str) -> float:
    """`value` as a float, or `InputError`: a finite number above 0; `remedy`: what to do."""
    if not 0 < real(value) < math.inf:
        raise InputError(f"{name} must be a finite number above 0, got {value!r}: {remedy}.")
    return real(value)


def check_whole(name: str, value: object, least: int, remedy: str) -> int:
    """`value` as an int, or `InputError`: a whole number from `least` on; `remedy`: what to do."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise InputError(
            f"{name} must be a whole number of at least {least}, got {value!r}: {remedy}."
        )
    return int(value)


def check_weights(name: str, widths: Sequence[int]) -> None:
    """`InputError` where layers of these widths have more weights than a memory holds."""
    weights = sum(one * other for one, other in pairwise((1, *widths, 1)))
    if weights > MOST_WEIGHTS:
        raise InputError(
            f"{name} must be layers of at most {MOST_WEIGHTS:,} weights in all, got "
            f"{shortened(str(tuple(widths)))} with {weights:,}: give fewer units."
        )


def check_steps(name: str, value: object, least: int = 1) -> int:
    """`value` as an int, or `InputError`: a count of training steps."""
    return check_whole(name, value, least, STEPS_FORMULA)


def check_momenta(name: str, value: object) -> tuple[float, float]:
    """`value` as two floats, or `InputError`: the highest momentum and the lowest one."""
    pair = tuple(value) if isinstance(value, list | tuple) else ()
    numbers = [float(one) for one in pair if isinstance(one, Real) and not isinstance(one, bool)]
    if len(pair) != 2 or len(numbers) != 2 or not 0 <= numbers[1] < numbers[0] < 1:
        raise InputError(
            f"{name} must be a highest momentum below 1 and a lower one of at least 0, "
            f"got {value!r}: give for example (0.95, 0.85)."
        )
    return numbers[0], numbers[1]


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


def check_path(what: str, path: "str | Path") -> Path:
    """`path` with `~` written out, or `InputError`: a name that a file can have.

    `what` begins the sentence ("The data").
    """
    try:
        found = Path(path).expanduser()
        found.stat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        pass  # who reads it says what is wrong
    except (OSError, RuntimeError, ValueError) as error:  # too long, no such user, a zero inside
        reason = getattr(error, "strerror", None) or str(error).rstrip(".")
        raise InputError(
            f"{what} must have a name that a file can have, got {shortened(str(path))!r} "
            f"({reason}): check the path."
        ) from error
    return found


def shortened(text: str) -> str:
    """`text`, or where it is very long its begin, for a message."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def check_writable(what: str, folder: Path, remedy: str) -> None:
    """`InputError` where `folder` is not there and cannot be made, or may not be written to.

    `what` begins the sentence ("out must be a folder"), `remedy` ends it.
    """
    existing = next(path for path in [folder, *folder.absolute().parents] if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        wrong = "is not writable" if existing.is_dir() else "is a file"
        raise InputError(
            f"{what} that can be written to, got {str(existing)!r}, which {wrong}: {remedy}."
        )


def describe_kind(value: Any) -> str:
    """What an argument is, for a message: its type, or its value where that is short."""
    kind = type(value)
    if kind.__module__ != "builtins":
        return f"a {kind.__module__}.{kind.__name__}"
    return f"a {kind.__name__}" if isinstance(value, list | tuple | dict) else repr(value)


_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}


def check_seconds(name: str, value: object) -> float:
    """`value` in seconds, or `InputError`: a number above 0, or a text such as "90s" or "2m".

    Examples
    --------
    >>> check_seconds("time", "1.5m"), check_seconds("time", 20)
    (90.0, 20.0)
    """
    text = str(value).strip().lower() if isinstance(value, str | Real) else ""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) *([a-z]*)", text)
    seconds = float(found[1]) * _UNITS.get(found[2], 0) if found else 0.0
    if isinstance(value, bool) or not 0 < seconds < float("inf"):
        raise InputError(
            f"{name} must be seconds above 0, or a text with a unit, got {value!r}: give e.g. 90, "
            "'90s', '2m' or '1h'."
        )
    return seconds
