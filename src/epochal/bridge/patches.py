"""What is replaced in Keras while a model's step is traced into a program, or looked into.

Three things, for the time of the tracing only:

- the learning rate: the engine passes it to each step, in place of the optimiser's own;
- the cross-entropies: Keras on JAX computes them from probabilities clipped at 1e-7, where a
  saturated softmax or sigmoid has no gradient. Here a probability that is the output of a softmax
  or sigmoid is traced back to its logits, as Keras on TensorFlow does;
- the random numbers of dropout and noise: they come from the cheap generator of
  `engine/xla/random.py`, and each draw's key from the caller, if it asks for that.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import jax
import jax.numpy as jnp
import numpy as np
from keras import KerasTensor, backend
from keras.layers import Embedding

from epochal.bridge.optimizer import base_optimizer, with_rate
from epochal.compat._keras import (
    backend_core,
    backend_nn,
    backend_random,
    learning_rate_attribute,
)
from epochal.engine.xla import random

# Of an array, by its id: the layer that has embedded it, its indices, and itself, which stays.
Embedded = dict[int, tuple[Any, np.ndarray, Any]]


@contextmanager
def patched_keras(
    optimizer: Any = None, rate: Any = None, keys: Callable | None = None
) -> Iterator[None]:
    """Trace inside this: exact cross-entropies, cheap random numbers, and `rate` for `optimizer`.

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
def noting_embedded_constants() -> Iterator[Embedded]:
    """What embeddings make meanwhile of indices that are known, such as those of positions.

    One thread at a time.
    """
    found: Embedded = {}
    plain = Embedding.call

    def call(layer: Any, inputs: Any) -> Any:
        outputs = plain(layer, inputs)
        if not isinstance(inputs, KerasTensor):
            found[id(outputs)] = (layer, np.asarray(inputs), outputs)
        return outputs

    with patch.object(Embedding, "call", call):
        yield found


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
        """`activation` that notes its output and from which logits it came."""

        def remember(x: Any, axis: int = -1) -> Any:
            """`activation`, of which the output is noted."""
            if activation.__name__ == "sigmoid":
                output = activation(x)
            else:
                output = activation(x, axis=axis)
                axis = axis % jnp.ndim(output) if isinstance(axis, int) else axis
            self.origins[id(output)] = (output, x, activation.__name__, axis)
            return output

        return remember

    def converting(self, convert: Callable) -> Callable:
        """`convert` that passes the note on: a loss converts half-precision outputs to float32."""

        def converted(x: Any, *args: Any, **kwargs: Any) -> Any:
            """`convert`, of which the output is noted as `x` is."""
            output = convert(x, *args, **kwargs)
            if id(x) in self.origins and output is not x:
                self.origins[id(output)] = (output, *self.origins[id(x)][1:])
            return output

        return converted

    def using(self, crossentropy: Callable, activation: str) -> Callable:
        """`crossentropy` of the logits where its probabilities came out of `activation`."""

        def exact(target: Any, output: Any, from_logits: bool = False, **kwargs: Any) -> Any:
            """`crossentropy` without clipping."""
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
        """As `keras.random.dropout`."""
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
        """As `keras.random.uniform`."""
        numbers = _draw(random.uniform, shape, dtype, seed)
        if numbers is None:
            return original(shape, minval, maxval, dtype, seed)
        return minval + (maxval - minval) * numbers

    return uniform


def _normal(original: Callable) -> Callable:
    def normal(
        shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
    ) -> Any:
        """As `keras.random.normal`."""
        numbers = _draw(random.normal, shape, dtype, seed)
        if numbers is None:
            return original(shape, mean, stddev, dtype, seed)
        return mean + stddev * numbers

    return normal


def _draw(sampler: Callable, shape: Any, dtype: Any, seed: Any) -> Any:
    """Numbers from the cheap generator, which makes float32 alone; None for another type."""
    if backend.standardize_dtype(dtype or backend.floatx()) != "float32":
        return None
    return sampler(backend_random.jax_draw_seed(seed), tuple(shape))
