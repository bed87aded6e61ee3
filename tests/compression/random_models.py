"""Models with random weights, for what must hold whatever they are."""

from typing import Any

import keras
import numpy as np

layers = keras.layers


def randomized(model: keras.Model, seed: int = 0) -> keras.Model:
    """Every weight random, in the ranges in which training leaves them; variances above 0."""
    generator = np.random.default_rng(seed)
    for weight in model.weights:
        if weight.path.endswith(("gamma", "variance")):
            weight.assign(generator.uniform(0.3, 1.5, weight.shape))
        elif weight.dtype == "float32":
            fan_in = max(1, int(np.prod(weight.shape[:-1])))
            weight.assign(generator.normal(size=weight.shape) / np.sqrt(fan_in))
    return model


def rows(model: keras.Model, count: int = 3, seed: int = 1) -> Any:
    generator = np.random.default_rng(seed)
    made = [
        generator.normal(size=(count, *tensor.shape[1:])).astype("float32")
        for tensor in model.inputs
    ]
    return made if len(made) > 1 else made[0]


def predicted(model: keras.Model, x: Any) -> list[np.ndarray]:
    return [np.asarray(output) for output in keras.tree.flatten(model(x, training=False))]


def fingerprint(model: keras.Model) -> tuple:
    """Everything that a change of the model would show in, byte for byte."""
    return (
        keras.saving.serialize_keras_object(model.get_config()),
        [(v.path, v.trainable, np.asarray(v).tobytes()) for v in model.variables],
        model.optimizer.get_config() if model.compiled else None,
        [np.asarray(v).tobytes() for v in model.optimizer.variables] if model.compiled else None,
        [layer.trainable for layer in model._flatten_layers()],
        [len(layer._inbound_nodes) for layer in model._flatten_layers(include_self=False)],
    )
