"""One row of the table of kinds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A network with what it is trained on, small enough that an epoch takes a part of a second."""

    name: str
    title: str
    """What it is, in a few words, for a reader of the table."""
    build: Callable[[], keras.Model]
    """A compiled model."""
    data: Callable[[], Mapping[str, Any]]
    """What `fit` is given as `x`, `y` and, where wanted, weights and validation data."""
    batch_size: int = 32
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """What else `fit` is given."""
    callbacks: Callable[[], list[keras.callbacks.Callback]] = list
    summarized: bool = False
    """Whether every peer trains it, for the summary; the others are compared with Keras on JAX."""
