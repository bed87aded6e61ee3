"""What a fit begins with as a short text, by which a kept one is known again in another process."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import jax
import keras
import numpy as np

from epochal.bridge.program_key import config_text
from epochal.compat._keras import flatten_layers

_BLOCK = 16 << 20  # bytes of an array that are read at once: it may lie on a disk
_PLAIN = (bool, int, float, str, type(None))


def digest(*parts: Any) -> str:
    """The SHA-256 of arrays and plain values, which may be nested in lists, tuples and dicts.

    Parameters
    ----------
    *parts
        Of other objects the type counts, and the configuration where there is one.
    """
    found = hashlib.sha256()
    for part in parts:
        _add(found.update, part)
    return found.hexdigest()


def model_digest(model: keras.Model) -> str:
    """What a fit of `model` follows from: what it computes, its weights and its optimiser."""
    config = config_text(model)
    if config is None:  # code of the user's own, which has no text
        config = json.dumps([_kind(part) for part in (model, *flatten_layers(model))])
    optimizer = model.optimizer
    rate = None if optimizer is None else optimizer.get_config().get("learning_rate")
    variables = [*model.variables, *(() if optimizer is None else optimizer.variables)]
    return digest(config, rate, [np.asarray(variable.value) for variable in variables])


def callback_digest(callback: Any) -> str:
    """A callback's class and its plain attributes."""
    plain = {name: value for name, value in vars(callback).items() if isinstance(value, _PLAIN)}
    return digest(_kind(callback), plain)


def _kind(part: Any) -> str:
    return f"{type(part).__module__}.{type(part).__qualname__}"


def _add(update: Callable[[bytes], None], part: Any) -> None:
    if isinstance(part, dict):
        update(f"dict {len(part)}".encode())
        for name in sorted(part, key=repr):
            _add(update, name)
            _add(update, part[name])
    elif isinstance(part, list | tuple):
        update(f"list {len(part)}".encode())
        for one in part:
            _add(update, one)
    elif isinstance(part, _PLAIN):
        update(f"{type(part).__name__} {part!r}\n".encode())
    elif isinstance(part, np.ndarray | np.generic | jax.Array) or hasattr(part, "__array__"):
        _add_array(update, part if isinstance(part, np.ndarray) else np.asarray(part))
    else:
        update(_kind(part).encode())
        if hasattr(part, "get_config"):
            _add(update, part.get_config())


def _add_array(update: Callable[[bytes], None], array: np.ndarray) -> None:
    update(f"{array.dtype} {array.shape}\n".encode())
    if not array.ndim:
        update(array.tobytes())
        return
    rows = max(1, _BLOCK // max(1, array.itemsize * int(np.prod(array.shape[1:]))))
    for first in range(0, len(array), rows):
        block = np.ascontiguousarray(array[first : first + rows])
        update(block.tobytes())
