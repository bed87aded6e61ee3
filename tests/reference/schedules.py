"""Every schedule as a plain loop over steps, in float64: what the formulas say, one by one."""

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


def cosine_cycle(peak: float, total_steps: int, start: float, final: float) -> np.ndarray:
    """fastai's `SchedCos`, combined at a quarter: the value of each of `total_steps` steps."""

    def cosine(first: float, last: float, position: float) -> float:
        return first + (1 + np.cos(np.pi * (1 - position))) * (last - first) / 2

    values = []
    for step in range(total_steps):
        position = step / total_steps
        if position < 0.25:
            values.append(cosine(start, peak, position / 0.25))
        else:
            values.append(cosine(peak, final, (position - 0.25) / 0.75))
    return np.array(values)


def linear_momentum(high: float, low: float, total_steps: int) -> np.ndarray:
    """The momentum of the documents' cycle: down while the rate climbs, up while it falls."""
    half = (total_steps - (total_steps // 10 + 1)) // 2
    values = []
    for step in range(total_steps):
        if step < half:
            values.append(high - (high - low) * step / half)
        elif step < 2 * half:
            values.append(low + (high - low) * (step - half) / half)
        else:
            values.append(high)
    return np.array(values)


def power_decay(initial: float, decay_steps: int, power: float, total_steps: int) -> np.ndarray:
    return np.array([initial / (1 + step / decay_steps) ** power for step in range(total_steps)])


def exponential_decay(initial: float, decay_steps: int, rate: float, total: int) -> np.ndarray:
    return np.array([initial * rate ** (step / decay_steps) for step in range(total)])


def inverse_time_decay(initial: float, decay_steps: int, rate: float, total: int) -> np.ndarray:
    return np.array([initial / (1 + rate * step / decay_steps) for step in range(total)])


def piecewise_constant(boundaries: list, values: list, total_steps: int) -> np.ndarray:
    """The first value up to and with the first boundary, and so on, as Keras has it."""
    rates = []
    for step in range(total_steps):
        passed = sum(step > boundary for boundary in boundaries)
        rates.append(values[passed])
    return np.array(rates)


def polynomial_decay(
    initial: float, decay_steps: int, end: float, power: float, total_steps: int
) -> np.ndarray:
    rates = []
    for step in range(total_steps):
        left = 1 - min(step, decay_steps) / decay_steps
        rates.append((initial - end) * left**power + end)
    return np.array(rates)


def cosine_decay(initial: float, decay_steps: int, alpha: float, total_steps: int) -> np.ndarray:
    rates = []
    for step in range(total_steps):
        cosine = (1 + np.cos(np.pi * min(step, decay_steps) / decay_steps)) / 2
        rates.append(initial * ((1 - alpha) * cosine + alpha))
    return np.array(rates)


def cosine_restarts(
    initial: float, first_steps: int, longer: float, lower: float, total_steps: int
) -> np.ndarray:
    """Each cycle `longer` times as long as the one before, from `lower` times its height."""
    rates = []
    begin, length, height = 0.0, float(first_steps), initial
    for step in range(total_steps):
        if step >= begin + length:
            begin, length, height = begin + length, length * longer, height * lower
        rates.append(height * (1 + np.cos(np.pi * (step - begin) / length)) / 2)
    return np.array(rates)


def warm_up(after: np.ndarray, warmup_steps: int) -> np.ndarray:
    """A climb to the first of the rates `after` it, and then those."""
    climb = [after[0] * (step + 1) / (warmup_steps + 1) for step in range(warmup_steps)]
    return np.concatenate([climb, after])
