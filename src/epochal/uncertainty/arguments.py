"""What a prediction with its uncertainty is asked with, looked at once."""

from collections.abc import Iterable
from numbers import Real
from typing import Any

import keras

from epochal.batches.dataset import Dataset, checked_dataset
from epochal.bridge.checks import check_model
from epochal.checks import check_whole
from epochal.errors import InputError
from epochal.training import Ensemble
from epochal.training.arguments import check_engine, check_sizes

LEVELS = (0.05, 0.5, 0.95)
FEWEST_SAMPLES = 2  # a standard deviation takes two
MOST_SAMPLES = 10_000_000  # the mean is then known to a three-thousandth of a standard deviation
LARGEST_SEED = 2**64 - 1


def check_draws(model: Any, samples: Any, seed: Any, batch_size: Any, engine: Any = "auto") -> None:
    """Refuse what cannot be drawn from, and numbers out of their range."""
    if not isinstance(model, Ensemble):
        check_model(model, "predict_monte_carlo")
    if check_whole("samples", samples, FEWEST_SAMPLES, "100 is usual") > MOST_SAMPLES:
        raise InputError(
            f"samples must be at most {MOST_SAMPLES:,}, got {samples:,}: 100 are usual."
        )
    if check_whole("seed", seed, 0, "leave it out for 0") > LARGEST_SEED:
        raise InputError(f"seed must be below 2**64, got {seed!r}: leave it out for 0.")
    check_sizes(batch_size=batch_size)
    check_engine(engine)


def checked_arrays(model: keras.Model, x: Any, function: str) -> Dataset:
    """The inputs, which must be arrays."""
    data = checked_dataset(model, x, targets=False)
    if not data.are_arrays:
        raise InputError(
            f"x must be arrays, got a {type(x).__name__}, which yields batches of its own: "
            f"call {function} on the arrays of one batch at a time."
        )
    return data


def checked_levels(quantiles: Any) -> tuple[float, ...]:
    """Levels of quantiles, each from 0 to 1."""
    levels = tuple(quantiles) if isinstance(quantiles, Iterable) else (quantiles,)
    for level in levels:
        if not isinstance(level, Real) or isinstance(level, bool) or not 0 <= float(level) <= 1:
            raise InputError(
                f"quantiles must be levels from 0 to 1, got {level!r}: "
                "write for example (0.05, 0.5, 0.95)."
            )
    return tuple(map(float, levels))
