"""Small data and networks of the tests of sweeps."""

import keras
import numpy as np

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((80, 4)).astype("float32")
Y = (X[:, 0] + 0.3 * RANDOM.standard_normal(80) > 0).astype("int32")


def build(
    learning_rate: float = 0.01, dropout: float = 0.0, units: int = 4, activation: str = "relu"
) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(units, activation, name="hidden"),
            keras.layers.Dropout(dropout, name="drop"),
            keras.layers.Dense(1, "sigmoid", name="output"),
        ]
    )
    model.compile(keras.optimizers.Adam(learning_rate), "binary_crossentropy", metrics=["accuracy"])
    return model
