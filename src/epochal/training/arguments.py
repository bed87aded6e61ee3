"""What is checked before anything is trained, tested or predicted."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import keras

from epochal.checks import describe_kind
from epochal.errors import InputError, suggest

ENGINES = ("auto", "native", "xla")


def check_engine(engine: Any) -> None:
    if engine not in ENGINES:
        raise InputError(
            f"engine must be one of {', '.join(ENGINES)}, but is {engine!r}."
            f"{suggest(engine, ENGINES)}"
        )


def check_fit(
    epochs: Any,
    initial_epoch: Any,
    validation_split: Any,
    validation_freq: Any,
    class_weight: Any,
    seed: Any,
    schedule: Any,
) -> None:
    _check_whole("epochs", epochs, 0)
    _check_whole("initial_epoch", initial_epoch, 0)
    if seed is not None:
        _check_whole("seed", seed, 0)
    if not isinstance(validation_split, Real) or not 0 <= float(validation_split) < 1:
        raise InputError(
            f"validation_split must be at least 0 and below 1, but is {validation_split!r}: "
            "0.2 holds the last fifth of the rows out."
        )
    if isinstance(validation_freq, Real):
        _check_whole("validation_freq", validation_freq, 1)
    if class_weight is not None and not isinstance(class_weight, Mapping):
        raise InputError(
            f"class_weight must be a dict of class index to weight, but is {class_weight!r}: "
            "write {0: 1.0, 1: 5.0}."
        )
    if schedule is not None and (isinstance(schedule, type) or not callable(schedule)):
        raise InputError(
            f"schedule must be a Keras LearningRateSchedule, but is {describe_kind(schedule)}: "
            "set a fixed rate with model.optimizer.learning_rate."
        )


def check_sizes(**sizes: Any) -> None:
    """Batch sizes and numbers of steps: whole and positive, or None."""
    for name, value in sizes.items():
        if value is not None:
            _check_whole(name, value, 1)


def check_callbacks(callbacks: Any) -> None:
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return
    for callback in keras.tree.flatten(callbacks or []):
        if not isinstance(callback, keras.callbacks.Callback):
            called = ", with its arguments in parentheses" if isinstance(callback, type) else ""
            raise InputError(
                f"callbacks must be Keras callbacks, but one is {describe_kind(callback)}: "
                f"pass instances of keras.callbacks.Callback{called}."
            )


def _check_whole(name: str, value: Any, least: int) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise InputError(
            f"{name} must be a whole number of at least {least}, but is {value!r}: correct it."
        )
