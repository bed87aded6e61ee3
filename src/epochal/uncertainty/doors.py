"""What is checked before a Monte-Carlo prediction."""

from collections.abc import Iterable
from numbers import Real
from typing import Any

from epochal.bridge.checks import check_data, check_model
from epochal.checks import check_whole
from epochal.compat._keras import can_convert_arrays
from epochal.errors import InputError
from epochal.training.arguments import check_engine, check_sizes

FEWEST_SAMPLES = 2  # a deviation takes two
LARGEST_SEED = 2**64 - 1


def check_arguments(
    model: Any, x: Any, samples: Any, seed: Any, batch_size: Any, engine: Any
) -> None:
    check_model(model, "predict_monte_carlo")
    check_whole("samples", samples, FEWEST_SAMPLES, "100 is usual")
    if check_whole("seed", seed, 0, "leave it out for 0") > LARGEST_SEED:
        raise InputError(f"seed must be below 2**64, got {seed!r}: leave it out for 0.")
    check_sizes(batch_size=batch_size)
    check_engine(engine)
    check_data(model, x)
    if not can_convert_arrays((x,)):
        raise InputError(
            f"x must be arrays, but is a {type(x).__name__}, which yields batches of its own: "
            "call predict_monte_carlo on the arrays of one batch at a time."
        )


def check_levels(quantiles: Any) -> tuple[float, ...]:
    levels = tuple(quantiles) if isinstance(quantiles, Iterable) else (quantiles,)
    for level in levels:
        if not isinstance(level, Real) or isinstance(level, bool) or not 0 <= float(level) <= 1:
            raise InputError(
                f"quantiles must be levels from 0 to 1, but one is {level!r}: "
                "write for example (0.05, 0.5, 0.95)."
            )
    return tuple(map(float, levels))
