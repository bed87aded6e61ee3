"""Monte-Carlo samples of a feed-forward network, by plain loops over rows, samples, elements."""

from collections.abc import Callable, Sequence

import numpy as np

from tests.reference.masks import random_words

WORD = 0xFFFFFFFF
Step = float | Callable[[np.ndarray], np.ndarray]  # a dropout's rate, or what is computed


def kept(seed: int, draw: int, row: int, sample: int, rate: float, count: int) -> np.ndarray:
    """Which of `count` elements a dropout keeps: the first draw of the model has the number 0."""
    one, two = random_words((seed & WORD, seed >> 32), 2 * draw + 2)[2 * draw :]
    words = random_words(((one + row) & WORD, (two + sample) & WORD), count)
    return np.array([word >= round(rate * 2**32) for word in words])


def sampled(steps: Sequence[Step], x: np.ndarray, samples: int, seed: int = 0) -> np.ndarray:
    """The outputs, (samples, rows, outputs)."""
    return np.stack(
        [
            [_one(steps, row, seed, number, s) for number, row in enumerate(x)]
            for s in range(samples)
        ]
    )


def _one(steps: Sequence[Step], values: np.ndarray, seed: int, row: int, sample: int) -> np.ndarray:
    draw = 0
    for step in steps:
        if callable(step):
            values = step(values)
        else:
            values = np.where(kept(seed, draw, row, sample, step, len(values)), values, 0)
            values = values / (1 - step)
            draw += 1
    return values
