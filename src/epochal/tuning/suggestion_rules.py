"""Rules that read a learning rate off the smoothed losses of a range test; each gives a step."""

from collections.abc import Callable

import numpy as np

FEWEST_STEPS = 3  # below these there is no slope to speak of
ROUNDING = 1e-6  # a smaller fraction of the loss is float32 rounding, not a fall
LEVEL = 0.05  # fraction of a fall that is level ground before it and after it


def has_fallen(smoothed: np.ndarray) -> bool:
    """Whether the loss ever lies below where it was before, by more than rounding."""
    if len(smoothed) < FEWEST_STEPS:
        return False
    until = int(np.argmin(smoothed)) + 1
    highest = smoothed[:until].max()
    return bool(highest - smoothed[until - 1] > ROUNDING * abs(highest))


def steepest(learning_rates: np.ndarray, smoothed: np.ndarray) -> int:
    """Where the loss falls fastest against the logarithm of the rate, before its minimum."""
    slope = np.gradient(smoothed, np.log(learning_rates))
    return int(np.argmin(slope[: int(np.argmin(smoothed)) + 1]))


def tenth_of_minimum(learning_rates: np.ndarray, smoothed: np.ndarray) -> int:
    """The step nearest to a tenth of the rate of the lowest loss."""
    rate = learning_rates[np.argmin(smoothed)] / 10
    return int(np.argmin(np.abs(np.log(learning_rates / rate))))


def valley(learning_rates: np.ndarray, smoothed: np.ndarray) -> int:
    """The middle of the longest fall (fastai's rule), the level ground at its ends left out.

    The longest fall is the longest sequence of steps, not all of them neighbours, whose losses fall
    from each to the next.
    """
    steps = len(smoothed)
    length, before = np.ones(steps, int), np.arange(steps)
    for step in range(1, steps):
        longer = np.where(smoothed[:step] > smoothed[step], length[:step], 0)
        if longer.max() > 0:
            before[step] = int(np.argmax(longer))
            length[step] = longer.max() + 1
    last = first = int(np.argmax(length))
    while before[first] != first:
        first = before[first]
    level = LEVEL * (smoothed[first] - smoothed[last])
    falling = np.arange(first, last + 1)
    seen = smoothed[first : last + 1]
    falling = falling[(seen < smoothed[first] - level) & (seen > smoothed[last] + level)]
    return int(np.median(falling)) if len(falling) else (first + last) // 2


ALL_RULES: dict[str, Callable[[np.ndarray, np.ndarray], int]] = {
    "steepest": steepest,
    "minimum / 10": tenth_of_minimum,
    "valley": valley,
}
DEFAULT_RULE = "steepest"
