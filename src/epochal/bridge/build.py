"""Building: a model's weights made from the shapes of its first batch."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import keras
import numpy as np
from keras.utils import unpack_x_y_sample_weight

from epochal.bridge.checks import check_targets_of_built
from epochal.bridge.initial_values import without_compiling
from epochal.bridge.state import derived_seed
from epochal.compat._jax import is_forked
from epochal.compat._keras import (
    RandomInitializer,
    flatten_layers,
    initial_seed,
    own_global_state,
    seed_generator,
    symbolic_build,
)
from epochal.engine.forked import check_can_compute


@contextmanager
def seeded_building(seed: int) -> Iterator[None]:
    """Inside this models are built as right after `keras.utils.set_random_seed(seed)`.

    Their layers and metrics have the names of a first model. Afterwards every generator is as it
    was before.
    """
    with without_compiling(), own_global_state(seed):  # nothing else is built meanwhile
        python, numpy = random.getstate(), np.random.get_state()
        random.seed(seed)
        np.random.seed(seed)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)


def _build_weights(model: keras.Model, iterator: Any, seed: int | None) -> None:
    with without_compiling(), ExitStack() as stack:
        if seed is not None:
            for index, initializer in enumerate(_unseeded_initializers(model)):
                initializer.seed = derived_seed(seed, 1, index)
            # What a layer makes only while it is built (the parts of an attention layer, weights
            # with Keras' default initialiser) draws its default seed from here.
            source = random.Random(derived_seed(seed, 2))  # noqa: S311 - weights are no secrets
            stack.enter_context(patch.object(seed_generator, "python_random", source))
        if is_forked():
            check_weights_exist(model)
        symbolic_build(model, iterator)
    iterator.reset()


def check_weights_exist(model: keras.Model) -> None:
    """Refuse a model without weights where JAX, which draws them, cannot compute."""
    if not all(layer.built for layer in flatten_layers(model)):
        check_can_compute("a model without weights")


def _unseeded_initializers(model: keras.Model) -> list[Any]:
    """The random initialisers, without a seed of the user's, of the layers that are not built."""
    return [
        value
        for layer in flatten_layers(model)
        if not layer.built
        for value in vars(layer).values()
        if isinstance(value, RandomInitializer) and initial_seed(value) is None
    ]


def build_weights(
    model: keras.Model, iterator: Any, seed: int | None, y: Any, validation_y: Any = None
) -> None:
    """Build what is not yet built, from the first batch; `seed` is that of its weights.

    The targets are checked again where the number of outputs was not known before.
    """
    unknown = not model.built
    try:
        _build_weights(model, iterator, seed)
    finally:
        # A loss that cannot take the targets fails within the build, with a less helpful message.
        if unknown:
            check_targets_of_built(model, y)
            check_targets_of_built(model, validation_y, "validation_data")


def build_for_prediction(model: keras.Model, iterator: Any) -> None:
    """Build a model that was never called from the shapes of the first batch."""
    if all(layer.built for layer in flatten_layers(model)):
        return
    check_weights_exist(model)
    for _, _, batches in iterator:
        inputs, _, _ = unpack_x_y_sample_weight(batches[0])
        with keras.StatelessScope():
            model(keras.tree.map_structure(np.asarray, inputs))
        break
    iterator.reset()
