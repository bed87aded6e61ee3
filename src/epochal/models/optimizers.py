"""Optimisers by name, and their default learning rates."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras

from epochal.errors import InputError, suggest

ADAMW_DECAY = 0.01
OPTIMIZERS: dict[str, Callable[..., keras.optimizers.Optimizer]] = {
    "sgd": keras.optimizers.SGD,
    "momentum": partial(keras.optimizers.SGD, momentum=0.9),
    "nesterov": partial(keras.optimizers.SGD, momentum=0.9, nesterov=True),
    "adagrad": keras.optimizers.Adagrad,
    "rmsprop": keras.optimizers.RMSprop,
    "adam": keras.optimizers.Adam,
    "adamw": partial(keras.optimizers.AdamW, weight_decay=ADAMW_DECAY),
    "adamax": keras.optimizers.Adamax,
    "nadam": keras.optimizers.Nadam,
}
DEFAULT_RATE = 0.001
DEFAULT_RATES = {"sgd": 0.01, "momentum": 0.01, "nesterov": 0.01, "adagrad": 0.01}


def make_optimizer(
    name: str, learning_rate: Any = None, weight_decay: float | None = None
) -> keras.optimizers.Optimizer:
    """Make an optimiser by its name.

    `learning_rate` is a number, a Keras schedule, or None for the optimiser's default; None for
    `weight_decay` is 0.01 for "adamw" and none for the others.
    """
    if name not in OPTIMIZERS:
        raise InputError(
            f"optimizer must be one of {', '.join(OPTIMIZERS)}, got {name!r}."
            f"{suggest(name, OPTIMIZERS)}"
        )
    if learning_rate is None:
        learning_rate = DEFAULT_RATES.get(name, DEFAULT_RATE)
    elif isinstance(learning_rate, int | float) and not 0 < learning_rate < float("inf"):
        raise InputError(
            f"learning_rate must be finite and above 0, got {learning_rate!r}: "
            "give a rate such as 0.001."
        )
    decay = {} if weight_decay is None else {"weight_decay": weight_decay}
    return OPTIMIZERS[name](learning_rate=learning_rate, **decay)
