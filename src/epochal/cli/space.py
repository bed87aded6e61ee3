"""What `--param` says: a setting, and what it may be."""

import math
import re
from collections.abc import Sequence
from typing import Any

from epochal.errors import InputError

_EXAMPLES = "write learning_rate=1e-4..1e-1:log, dropout=0,0.1,0.2 or hidden=64x64,128x128"


def parse_space(texts: Sequence[str]) -> dict[str, Any]:
    """The space of options like ``learning_rate=1e-4..1e-1:log`` or ``dropout=0,0.1``.

    Examples
    --------
    >>> parse_space(["learning_rate=1e-4..1e-1:log", "dropout=0,0.1", "hidden=64,32x16"])
    {'learning_rate': (0.0001, 0.1, 'log'), 'dropout': [0, 0.1], 'hidden': [(64,), (32, 16)]}
    """
    space: dict[str, Any] = {}
    for text in texts:
        name, equals, form = (part.strip() for part in text.partition("="))
        name = name.replace("-", "_")
        if not (name and equals and form):
            raise InputError(f"--param must be a setting and values, got {text!r}: {_EXAMPLES}.")
        if name in space:
            raise InputError(f"--param must name a setting once, got {name!r} twice: join the two.")
        space[name] = _values(name, form, text)
    return space


def _values(name: str, form: str, text: str) -> Any:
    bounds, colon, scale = form.partition(":")
    low, dots, high = bounds.partition("..")
    if dots and scale in ("", "log") and bool(colon) == bool(scale):
        ends = _number(low, text), _number(high, text)
        if not ends[0] < ends[1]:
            raise InputError(
                f"--param must have its lower bound first, got {text!r}: write "
                f"{name}={high}..{low}{colon}{scale}, or {name}={low} for one value."
            )
        if scale and ends[0] <= 0:
            raise InputError(
                f"--param must begin above 0 on a logarithmic scale, got {text!r}: write "
                f"{name}={ends[1] / 1000:g}..{high}:log, say, or leave :log out."
            )
        return (*ends, "log") if scale else ends
    if name == "hidden":
        return [_layers(part, text) for part in form.split(",")]
    return [_number(part, text) for part in form.split(",")]


def _layers(part: str, text: str) -> tuple[int, ...]:
    widths = part.strip().split("x")
    if not all(width.isdecimal() for width in widths):
        raise InputError(f"--param must have layers such as 64x64, got {text!r}: {_EXAMPLES}.")
    return tuple(map(int, widths))


def _number(part: str, text: str) -> float | int:
    part = part.strip()
    if re.fullmatch(r"\d+", part):
        return int(part)
    try:
        number = float(part)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(
            f"--param must have finite numbers for its values, got {text!r}: {_EXAMPLES}."
        )
    return number
