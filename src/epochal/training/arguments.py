"""What is checked before anything is trained, tested or predicted."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import keras

from epochal.checks import describe_kind
from epochal.errors import InputError, suggest
from epochal.training.monitoring import check_track

ENGINES = ("auto", "native", "xla")


def check_engine(engine: Any) -> None:
    if engine not in ENGINES:
        raise InputError(
            f"engine must be one of {', '.join(ENGINES)}, got {engine!r}.{suggest(engine, ENGINES)}"
        )


@dataclass(frozen=True, kw_only=True)
class FitArguments:
    """The arguments of `fit` beside the model, the data and the callbacks; checked when made."""

    batch_size: int | None
    epochs: int
    initial_epoch: int
    verbose: Any
    shuffle: Any
    class_weight: Mapping[int, float] | None
    steps_per_epoch: int | None
    validation_split: float
    validation_steps: int | None
    validation_batch_size: int | None
    validation_freq: Any
    seed: int | None
    engine: str
    schedule: Any
    track: Sequence[str]

    def __post_init__(self) -> None:
        _check_whole("epochs", self.epochs, 0)
        _check_whole("initial_epoch", self.initial_epoch, 0)
        if self.seed is not None:
            _check_whole("seed", self.seed, 0)
        _check_split(self.validation_split)
        if isinstance(self.validation_freq, Real):
            _check_whole("validation_freq", self.validation_freq, 1)
        _check_class_weight(self.class_weight)
        _check_is_schedule(self.schedule)
        check_sizes(
            batch_size=self.batch_size,
            steps_per_epoch=self.steps_per_epoch,
            validation_steps=self.validation_steps,
            validation_batch_size=self.validation_batch_size,
        )
        check_engine(self.engine)
        check_track(self.track)

    def for_keras(self) -> dict[str, Any]:
        """Those that `model.fit` takes as well."""
        return {name: getattr(self, name) for name in _KERAS}


# What `model.fit` is handed where Keras' own loop trains.
_KERAS = (
    *("batch_size", "epochs", "initial_epoch", "verbose", "shuffle", "class_weight"),
    *("steps_per_epoch", "validation_steps", "validation_batch_size", "validation_freq"),
)


def _check_split(fraction: Any) -> None:
    if not isinstance(fraction, Real) or not 0 <= float(fraction) < 1:
        raise InputError(
            f"validation_split must be at least 0 and below 1, got {fraction!r}: "
            "0.2 holds the last fifth of the rows out."
        )


def _check_class_weight(weights: Any) -> None:
    if weights is None:
        return
    if not isinstance(weights, Mapping):
        raise InputError(
            f"class_weight must be a dict of class index to weight, got {weights!r}: "
            "write {0: 1.0, 1: 5.0}."
        )
    for index, weight in weights.items():
        if not isinstance(index, Real) or not 0 <= float(index) < math.inf or index % 1:
            raise InputError(
                f"class_weight must have class indices from 0 on as keys, got {index!r}: "
                "write {0: 1.0, 1: 5.0}."
            )
        if not isinstance(weight, Real) or not 0 <= float(weight) < math.inf:
            raise InputError(
                "class_weight must give each class a finite weight of at least 0, got "
                f"{weight!r} for class {index}: write {{0: 1.0, 1: 5.0}}."
            )


def _check_is_schedule(schedule: Any) -> None:
    if schedule is not None and (isinstance(schedule, type) or not callable(schedule)):
        raise InputError(
            f"schedule must be a Keras LearningRateSchedule, got {describe_kind(schedule)}: "
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
                f"callbacks must be Keras callbacks, got {describe_kind(callback)}: "
                f"pass instances of keras.callbacks.Callback{called}."
            )


def _check_whole(name: str, value: Any, least: int) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise InputError(
            f"{name} must be a whole number of at least {least}, got {value!r}: "
            f"give for example {max(least, 1)}."
        )
