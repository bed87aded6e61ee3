"""A run's hyperparameters, as TensorBoard's table of runs can hold them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from epochal.errors import InputError

Value = bool | int | float | str


def check_hparams(hparams: Mapping[str, Any] | None) -> dict[str, Value]:
    """`hparams` with NumPy's scalars as Python's, or `InputError`: names to single values."""
    if hparams is None:
        return {}
    if not isinstance(hparams, Mapping):
        raise InputError(
            f"hparams must be a dict of names to values, got {hparams!r}: "
            'give for example {"learning_rate": 0.01}.'
        )
    return {_name(name): _value(name, value) for name, value in hparams.items()}


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise InputError(f"hparams must have str as names, got {name!r}: give str({name!r}).")
    return name


def _value(name: str, value: object) -> Value:
    plain = value.item() if isinstance(value, np.generic) else value
    if not isinstance(plain, bool | int | float | str):
        raise InputError(
            f"hparams must have a number, bool or str for each name, got {value!r} for {name!r}: "
            "give one of those, for example its str."
        )
    return plain
