"""What is swapped in Keras while a model's step is traced into a program.

Three things, for the time of the tracing only:

- the learning rate, which the engine hands to each step, in place of the optimiser's own;
- the cross-entropies: Keras on JAX takes them from probabilities clipped at 1e-7, where a
  saturated softmax or sigmoid has no gradient. Here a probability that came straight out of a
  softmax or sigmoid is traced back to its logits, as Keras on TensorFlow does;
- the random numbers of all kinds of dropout and of noise, from the cheap generator of
  `engine/xla/random.py`, and where each draw's key comes from, if the caller asks for keys of its
  own.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import jax
import jax.numpy as jnp
from keras import backend

from epochal.compat._keras import (
    backend_core,
    backend_nn,
    backend_random,
    learning_rate_attribute,
    set_learning_rate_attribute,
)
from epochal.engine.xla import random


@contextmanager
def patched_keras(
    optimizer: Any = None, rate: Any = None, keys: Callable | None = None
) -> Iterator[None]:
    """Trace inside this: exact cross-entropies, cheap masks, and `rate` for `optimizer`.

    With `keys`, every random draw takes its key from there in place of the layer's seed.
    """
    with ExitStack() as stack:
        if keys is not None:
            stack.enter_context(patch.object(backend_random, "jax_draw_seed", keys))
        for module, name, replacement in _replacements():
            stack.enter_context(patch.object(module, name, replacement))
        optimizer = base_optimizer(optimizer)
        if rate is not None and learning_rate_attribute(optimizer) is not None:
            stack.enter_context(with_rate(optimizer, lambda: rate))
        yield


@contextmanager
def with_rate(optimizer: Any, rate: Callable[[], Any]) -> Iterator[None]:
    """Inside this `optimizer` takes what `rate` returns in place of its own learning rate."""
    before = learning_rate_attribute(optimizer)
    set_learning_rate_attribute(optimizer, rate)
    try:
        yield
    finally:
        set_learning_rate_attribute(optimizer, before)


@contextmanager
def recording_gradient_norms(optimizer: Any) -> Iterator[list[Any]]:
    """The squared L2 norms of the gradients that `optimizer` is handed inside this.

    They are taken before it clips them, and without the scale of a scaled loss.
    """
    squares: list[Any] = []
    # Loss scaling hands the gradients on within a branch, whose values cannot leave it.
    scaling = hasattr(optimizer, "inner_optimizer")
    name = "stateless_apply" if scaling else "apply"
    apply = getattr(optimizer, name)

    def watching(*arguments: Any, **kwargs: Any) -> Any:
        variables, gradients = arguments[:2] if scaling else ([], arguments[0])
        scale = _scale_of_loss(optimizer, variables)
        parts = [jnp.sum(jnp.square(jnp.float32(g) / scale)) for g in gradients if g is not None]
        squares.append(sum(parts, jnp.float32(0)))
        return apply(*arguments, **kwargs)

    object.__setattr__(optimizer, name, watching)
    try:
        yield squares
    finally:
        object.__delattr__(optimizer, name)


def _scale_of_loss(optimizer: Any, variables: list[Any]) -> Any:
    for variable, value in zip(optimizer.variables, variables, strict=False):
        if variable is getattr(optimizer, "dynamic_scale", None):
            return value
    return optimizer.loss_scale_factor or 1.0


def base_optimizer(optimizer: Any) -> Any:
    """The optimiser that applies the rate: loss scaling wraps it."""
    while hasattr(optimizer, "inner_optimizer"):
        optimizer = optimizer.inner_optimizer
    return optimizer


def _replacements() -> list[tuple[Any, str, Callable]]:
    logits = _Logits()
    core, nn, random = backend_core, backend_nn, backend_random
    return [
        (core, "convert_to_tensor", logits.converting(core.convert_to_tensor)),
        (nn, "softmax", logits.remembering(nn.softmax)),
        (nn, "sigmoid", logits.remembering(nn.sigmoid)),
        (nn, "categorical_crossentropy", logits.using(nn.categorical_crossentropy, "softmax")),
        (
            nn,
            "sparse_categorical_crossentropy",
            logits.using(nn.sparse_categorical_crossentropy, "softmax"),
        ),
        (nn, "binary_crossentropy", logits.using(nn.binary_crossentropy, "sigmoid")),
        (random, "dropout", _dropout(random.dropout)),
        (random, "uniform", _uniform(random.uniform)),
        (random, "normal", _normal(random.normal)),
    ]


class _Logits:
    """Which traced array came out of which activation, and from which logits."""

    def __init__(self) -> None:
        # The output is kept beside its logits: an id is unique only while its object lives.
        self.origins: dict[int, tuple[Any, Any, str, int]] = {}

    def remembering(self, activation: Callable) -> Callable:
        def remember(x: Any, axis: int = -1) -> Any:
            if activation.__name__ == "sigmoid":
                output = activation(x)
            else:
                output = activation(x, axis=axis)
                axis = axis % jnp.ndim(output) if isinstance(axis, int) else axis
            self.origins[id(output)] = (output, x, activation.__name__, axis)
            return output

        return remember

    def converting(self, convert: Callable) -> Callable:
        """A loss takes a half-precision output in float32: the same probabilities, a new array."""

        def converted(x: Any, *args: Any, **kwargs: Any) -> Any:
            output = convert(x, *args, **kwargs)
            if id(x) in self.origins and output is not x:
                self.origins[id(output)] = (output, *self.origins[id(x)][1:])
            return output

        return converted

    def using(self, crossentropy: Callable, activation: str) -> Callable:
        def exact(target: Any, output: Any, from_logits: bool = False, **kwargs: Any) -> Any:
            _, x, name, axis = self.origins.get(id(output), (None, None, "", -1))
            last = kwargs.get("axis", -1) % max(jnp.ndim(output), 1)
            if not from_logits and name == activation and (name == "sigmoid" or axis == last):
                # A half-precision logit is exact enough, its softmax is not.
                x = jnp.asarray(x, jnp.promote_types(x.dtype, jnp.float32))
                return crossentropy(target, x, from_logits=True, **kwargs)
            return crossentropy(target, output, from_logits=from_logits, **kwargs)

        return exact


def _dropout(original: Callable) -> Callable:
    def dropout(inputs: Any, rate: Any, noise_shape: Any = None, seed: Any = None) -> Any:
        if not isinstance(rate, float) or not 0.0 < rate < 1.0:
            return original(inputs, rate, noise_shape, seed)
        sizes = inputs.shape if noise_shape is None else noise_shape
        shape = tuple(
            full if size is None else size for size, full in zip(sizes, inputs.shape, strict=True)
        )
        mask = random.keep_mask(backend_random.jax_draw_seed(seed), rate, shape)
        mask = jnp.broadcast_to(mask, inputs.shape)
        return jax.lax.select(mask, inputs / (1.0 - rate), jnp.zeros_like(inputs))

    return dropout


def _uniform(original: Callable) -> Callable:
    def uniform(
        shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None
    ) -> Any:
        dtype = backend.standardize_dtype(dtype or backend.floatx())
        if dtype != "float32":
            return original(shape, minval, maxval, dtype, seed)
        numbers = random.uniform(backend_random.jax_draw_seed(seed), tuple(shape))
        return minval + (maxval - minval) * numbers

    return uniform


def _normal(original: Callable) -> Callable:
    def normal(
        shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
    ) -> Any:
        dtype = backend.standardize_dtype(dtype or backend.floatx())
        if dtype != "float32":
            return original(shape, mean, stddev, dtype, seed)
        return random.normal(backend_random.jax_draw_seed(seed), tuple(shape)) * stddev + mean

    return normal
