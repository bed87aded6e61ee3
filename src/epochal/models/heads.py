"""A task's head as Keras layers."""

import keras
from keras import layers

from epochal.data import Head

LOGITS = "head"  # the name of the last layer before the output's activation


def head_layers(units: int, head: Head, seed: int | None) -> list[keras.layers.Layer]:
    """The logits, and the activation apart, so that a view of the logits is a layer's output."""
    initializer = keras.initializers.GlorotUniform(seed=seed)
    parts = [layers.Dense(units, kernel_initializer=initializer, name=LOGITS)]
    if head.activation != "linear":
        parts.append(layers.Activation(head.activation, name="probabilities"))
    return parts
