"""What epochal uses of JAX beyond its public interface: traced programs, transfers, and forks."""

import os
from collections.abc import Sequence
from functools import cache
from typing import Any

import jax
import numpy as np
from jax._src import xla_bridge
from jax._src.lib import xla_client
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal, Var

eval_jaxpr = jax.core.eval_jaxpr

__all__ = ["ClosedJaxpr", "Jaxpr", "Literal", "Var", "eval_jaxpr", "is_forked", "put_on_device"]


def put_on_device(arrays: Sequence[np.ndarray]) -> list[jax.Array]:
    """JAX's arrays of NumPy arrays that nobody writes to any more.

    On a CPU those that begin where XLA asks are taken as they are. `jax.device_put` looks at each
    for five times as long.
    """
    if jax.config.jax_default_device is not None or any(a.dtype.itemsize > 4 for a in arrays):
        placed: list[jax.Array] = jax.device_put(list(arrays), may_alias=False)
        return placed
    device, sharding = _default_device()
    return [
        xla_client.batched_device_put(_shape(a.shape, a.dtype), sharding, [a], [device], False)
        for a in arrays
    ]


@cache
def _default_device() -> tuple[Any, jax.sharding.Sharding]:
    device = jax.local_devices()[0]
    return device, jax.sharding.SingleDeviceSharding(device)


@cache
def _shape(shape: tuple[int, ...], dtype: np.dtype) -> Any:
    return jax.core.ShapedArray(shape, dtype)


class _Fork:
    """Whether this process was forked from one in which JAX had started."""

    happened = False


def _note_fork() -> None:
    _Fork.happened = _Fork.happened or bool(xla_bridge.backends_are_initialized())


def _finish_arrays() -> None:
    """Wait for what JAX is computing: in the child it would never come to an end."""
    if xla_bridge.backends_are_initialized():
        for array in jax.live_arrays():
            if not array.is_deleted():
                array.block_until_ready()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(before=_finish_arrays, after_in_child=_note_fork)


def is_forked() -> bool:
    """Whether JAX's threads are missing here, as in a process forked after JAX had started.

    A fork does not copy threads: what needs them never ends. Arrays can still be read and made of
    NumPy's, but nothing can be compiled or computed.
    """
    return _Fork.happened
