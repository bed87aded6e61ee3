"""Formatting of numbers: scores, intervals, and round axis ticks."""

import math

import numpy as np
from numpy.typing import NDArray

from epochal.translation import translate


def linear_ticks(low: float, high: float, count: int = 5) -> NDArray[np.float64]:
    """The multiples of 1, 2 or 5 times a power of ten inside [low, high], about `count` of them.

    Examples
    --------
    >>> linear_ticks(0.0, 1.0).tolist()
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    raw = (high - low) / max(count, 1)
    if not math.isfinite(raw) or raw <= 0:
        return np.array([low])
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(m for m in (1, 2, 5, 10) if m * power >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return np.round(np.arange(first, last + 1) * step, 12)


def log_ticks(low: float, high: float, count: int = 6) -> NDArray[np.float64]:
    """The powers of ten inside [low, high], thinned to about `count`.

    Examples
    --------
    >>> log_ticks(0.005, 20.0).tolist()
    [0.01, 0.1, 1.0, 10.0]
    """
    exponents = np.arange(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    stride = max(1, math.ceil(len(exponents) / count))
    return 10.0 ** exponents[::stride].astype(float)


def tick_text(value: float) -> str:
    """The shortest text of a tick.

    Examples
    --------
    >>> [tick_text(v) for v in (0.2, 1500.0, 0.00001, 2.5e7, -3.0)]
    ['0.2', '1,500', '1e-5', '2.5e7', '−3']
    """
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e6:
        text = f"{value:,.4f}".rstrip("0").rstrip(".")
    else:
        mantissa, exponent = f"{value:.2e}".split("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return f"−{text[1:]}" if text.startswith("-") else text


def score_text(value: float, percent: bool = False, *, size: float | None = None) -> str:
    """Format a score: three significant digits, or a percentage with one decimal.

    Parameters
    ----------
    value : float
        NaN becomes a dash.
    percent : bool
        True where 0.82 reads as 82%.
    size : float, optional
        The number whose magnitude decides the number of decimals; None takes `value`.

    Examples
    --------
    >>> score_text(0.8212, percent=True), score_text(3.14159), score_text(float("nan"))
    ('82.1%', '3.14', '–')
    """
    if not math.isfinite(value):
        return "–"
    size = abs(value if size is None else size)
    if percent:
        text = f"{100 * value:.1f}%"
    elif size != 0 and (size < 1e-4 or size >= 1e7):
        text = f"{value:.2e}"
    else:
        digits = 3 if size == 0 else max(0, 2 - math.floor(math.log10(size)))
        text = f"{value:,.{min(digits, 6)}f}"
    return f"−{text[1:]}" if text.startswith("-") else text


def capitalised(words: str) -> str:
    """The words with a capital at their beginning, and the rest as it is."""
    return f"{words[:1].upper()}{words[1:]}"


def interval_text(low: float, high: float, percent: bool = False) -> str:
    """Format the ends of an interval with equally many decimals; "" where they are NaN.

    Examples
    --------
    >>> interval_text(-0.064, -0.0000123)
    '−0.0640 to −0.0000'
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    size = max(abs(low), abs(high))
    return translate(
        "{low} to {high}",
        low=score_text(low, percent, size=size),
        high=score_text(high, percent, size=size),
    )
