"""What is replaced in an optimiser during a fit: its learning rate, its momentum, its `apply`.

Every write goes around the optimiser's own ``__setattr__``, which would track it as state.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax.numpy as jnp
import numpy as np

from epochal.compat._keras import learning_rate_attribute, set_learning_rate_attribute


def base_optimizer(optimizer: Any) -> Any:
    """The optimiser that applies the learning rate: loss scaling, for example, wraps it."""
    while hasattr(optimizer, "inner_optimizer"):
        optimizer = optimizer.inner_optimizer
    return optimizer


@contextmanager
def with_rate(optimizer: Any, rate: Callable[[], Any]) -> Iterator[None]:
    """Inside this `optimizer` has what `rate` returns in place of its own learning rate."""
    before = learning_rate_attribute(optimizer)
    set_learning_rate_attribute(optimizer, rate)
    try:
        yield
    finally:
        set_learning_rate_attribute(optimizer, before)


def momentum_name(optimizer: Any) -> str | None:
    """The attribute that holds the momentum, "beta_1" or "momentum"; None where it is not used."""
    if hasattr(optimizer, "beta_1"):
        return "beta_1"
    return "momentum" if getattr(optimizer, "momentum", 0) else None


def own_momentum(optimizer: Any) -> float:
    """The momentum that the optimiser was made with; NaN where it has none."""
    name = momentum_name(base_optimizer(optimizer))
    return float(getattr(base_optimizer(optimizer), name)) if name else np.nan


@contextmanager
def with_momentum(optimizer: Any, momentum: Any) -> Iterator[None]:
    """Inside this `optimizer` has `momentum`, an array that may be traced, in place of its own."""
    optimizer = base_optimizer(optimizer)
    name = momentum_name(optimizer)
    if name is None:  # a callback has put another optimiser's rate in its place
        yield
        return
    before = getattr(optimizer, name)
    object.__setattr__(optimizer, name, momentum if name == "beta_1" else _NonZero(momentum))
    try:
        yield
    finally:
        object.__setattr__(optimizer, name, before)


def set_momentum(optimizer: Any, momentum: float) -> None:
    """Give `optimizer`, which has one, another momentum: see `with_momentum`."""
    name = momentum_name(optimizer)
    if name is not None:
        object.__setattr__(optimizer, name, momentum)


class _NonZero:
    """A traced momentum that an optimiser may compare with 0 to see whether it is used: it is."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __jax_array__(self) -> Any:
        return self._value

    def __ne__(self, other: object) -> bool:
        return True

    def __gt__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


@contextmanager
def recording_gradient_norms(optimizer: Any) -> Iterator[list[Any]]:
    """The squared L2 norms of the gradients that `optimizer` is given inside this.

    They are those before clipping, and without the scale of a scaled loss.
    """
    squares: list[Any] = []
    # Loss scaling passes the gradients on within a branch, whose values cannot leave it.
    scaling = hasattr(optimizer, "inner_optimizer")
    name = "stateless_apply" if scaling else "apply"
    apply = getattr(optimizer, name)

    def recording(*arguments: Any, **kwargs: Any) -> Any:
        """`apply`, after a look at its gradients."""
        variables, gradients = arguments[:2] if scaling else ([], arguments[0])
        scale = _scale_of_loss(optimizer, variables)
        parts = [jnp.sum(jnp.square(jnp.float32(g) / scale)) for g in gradients if g is not None]
        squares.append(sum(parts, jnp.float32(0)))
        return apply(*arguments, **kwargs)

    object.__setattr__(optimizer, name, recording)
    try:
        yield squares
    finally:
        object.__delattr__(optimizer, name)


def _scale_of_loss(optimizer: Any, variables: list[Any]) -> Any:
    for variable, value in zip(optimizer.variables, variables, strict=False):
        if variable is getattr(optimizer, "dynamic_scale", None):
            return value
    return optimizer.loss_scale_factor or 1.0
