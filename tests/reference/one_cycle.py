"""1cycle as a plain loop: the documents' callback, one batch after another."""

import numpy as np


def one_cycle(
    peak: float, total_steps: int, start: float | None = None, final: float | None = None
) -> np.ndarray:
    """The rate of each of `total_steps` steps, in float64."""
    start = peak / 10 if start is None else start
    final = start / 1000 if final is None else final
    tail = total_steps // 10 + 1
    half = (total_steps - tail) // 2
    rates = []
    for step in range(total_steps):
        if step < half:
            rate = (peak - start) * step / half + start
        elif step < 2 * half:
            rate = (start - peak) * (step - half) / half + peak
        else:
            rate = (final - start) * (step - 2 * half) / (total_steps - 2 * half) + start
        rates.append(max(rate, final))
    return np.array(rates)


def exponential_rise(first: float, last: float, total_steps: int) -> np.ndarray:
    """The rate of each step when every step multiplies it by one factor, in float64."""
    factor = (last / first) ** (1 / (total_steps - 1))
    rates = [first]
    for _ in range(total_steps - 1):
        rates.append(rates[-1] * factor)
    return np.array(rates)
