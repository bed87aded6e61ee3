"""Initial values of variables without a compiler: what Keras asks JAX for, NumPy computes.

Keras makes each weight by a program of its own: XLA compiles a dozen of them for the smallest
network. Inside `without_compiling` NumPy draws the same numbers (`engine/threefry.py`); what it
does not know, JAX computes as ever.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock
from typing import Any

import jax
import keras
import numpy as np

from epochal.compat._jax import put_on_device
from epochal.compat._keras import backend_core, backend_numpy, keras_backend, random_initializers
from epochal.engine import threefry

# Beyond these many numbers XLA's program costs less to compile than it saves.
MOST_DRAWN = 1 << 22
_TYPES = ("bool", "float32", "int32", "uint32")

_overwritten = ContextVar("_overwritten", default=False)
_BUILDING = RLock()  # what is swapped in Keras meanwhile is swapped for every thread


@contextmanager
def without_compiling() -> Iterator[None]:
    """Inside this Keras' variables begin with values that NumPy has computed.

    A Keras that lacks one of the names computes that as it does. None of them is among those that
    are swapped while a step is traced, which may happen in another thread.
    """
    replaced: list[tuple[Any, str, Callable]] = [
        (random_initializers, "random", _Drawing),
        (backend_numpy, "zeros", _filled(np.zeros)),
        (backend_numpy, "ones", _filled(np.ones)),
        (getattr(backend_core, "Variable", None), "_convert_to_tensor", _converted_value),
        (getattr(backend_core, "Variable", None), "_initialize_with_initializer", _initialized),
        (keras_backend, "convert_to_tensor", _converted),
    ]
    with _BUILDING:
        known = [
            (place, name, vars(place)[name], swapped)
            for place, name, swapped in replaced
            if name in getattr(place, "__dict__", ())
        ]
        try:
            for place, name, own, swapped in known:
                setattr(place, name, swapped(own))
            yield
        finally:
            for place, name, own, _ in known:
                setattr(place, name, own)


@contextmanager
def without_drawing() -> Iterator[None]:
    """Inside this no random float32 weights are drawn either, but zeros: they are overwritten then.

    Of this thread alone: others may build models meanwhile that keep what they draw.
    """
    token = _overwritten.set(True)
    try:
        with without_compiling():
            yield
    finally:
        _overwritten.reset(token)


class _Drawing:
    """The module that Keras' initialisers draw from, with NumPy in JAX's place where it can be."""

    def __init__(self, own: Any) -> None:
        self._own = own

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def uniform(
        self, shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None
    ) -> Any:
        """As `keras.random.uniform`."""
        if not _is_drawn(shape, dtype, seed):
            return self._own.uniform(shape, minval, maxval, dtype, seed)
        return _placed(threefry.uniform(_key(seed), tuple(shape), minval, maxval))

    def normal(self, shape: Any, *options: Any, **named: Any) -> Any:
        """As `keras.random.normal`."""
        return _normal(threefry.normal, self._own.normal, shape, *options, **named)

    def truncated_normal(self, shape: Any, *options: Any, **named: Any) -> Any:
        """As `keras.random.truncated_normal`."""
        own = self._own.truncated_normal
        return _normal(threefry.truncated_normal, own, shape, *options, **named)


def _normal(
    draw: Callable,
    own: Callable,
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = None,
    seed: Any = None,
) -> Any:
    if not _is_drawn(shape, dtype, seed):
        return own(shape, mean, stddev, dtype, seed)
    drawn = draw(_key(seed), tuple(shape)) * np.float32(stddev) + np.float32(mean)
    return _placed(drawn)


def _is_drawn(shape: Any, dtype: Any, seed: Any) -> bool:
    """Whether NumPy can draw it: float32 from a number as seed, with JAX's usual generator."""
    return (
        (dtype or keras.backend.floatx()) == "float32"
        and isinstance(seed, int)
        and math.prod(shape) <= MOST_DRAWN
        and jax.config.jax_threefry_partitionable
        and jax.config.jax_default_prng_impl == "threefry2x32"
    )


def _key(seed: int) -> tuple[int, int]:
    return seed & 0xFFFFFFFF, 0


def _filled(fill: Callable) -> Callable:
    def make(own: Callable) -> Callable:
        def filled(shape: Any, dtype: Any = None) -> Any:
            known = keras.backend.standardize_dtype(dtype)
            return _placed(fill(shape, known)) if known in _TYPES else own(shape, dtype)

        return filled

    return make


def _initialized(own: Callable) -> Callable:
    def initialize(self: Any, initializer: Any) -> None:
        drawn = isinstance(initializer, getattr(random_initializers, "RandomInitializer", ()))
        # What cannot be drawn in another type must fail here as where Keras loads the file.
        left_out = drawn and _overwritten.get() and self.dtype == "float32"
        own(self, keras.initializers.Zeros() if left_out else initializer)

    return initialize


def _converted(own: Callable) -> Callable:
    def convert_to_tensor(x: Any, dtype: Any = None, *arguments: Any, **options: Any) -> Any:
        made = _made_of_numbers(x, dtype)
        return own(x, dtype, *arguments, **options) if made is None else made

    return convert_to_tensor


def _converted_value(own: Callable) -> Callable:
    def convert(self: Any, value: Any, dtype: Any = None) -> Any:
        made = _made_of_numbers(value, dtype)
        return own(self, value, dtype) if made is None else made

    return convert


def _made_of_numbers(x: Any, dtype: Any) -> Any:
    """A number, or a list of them, as an array of `dtype`; None for all else."""
    numbers = x if isinstance(x, list) else [x]
    if dtype is None or not all(type(number) in (bool, int, float) for number in numbers):
        return None
    known = keras.backend.standardize_dtype(dtype)
    return _placed(np.array(x, known)) if known in _TYPES else None


def _placed(array: np.ndarray) -> jax.Array:
    return put_on_device([array])[0]
