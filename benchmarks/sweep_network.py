"""The network of the benchmark of sweeps, and what is chosen of it; knows Keras alone."""

from typing import Any

import keras

ROWS, COLUMNS, LEFT_OUT = 4000, 20, 800
EPOCHS, BATCH_SIZE, SEEDS = 30, 32, 3
SPACE: dict[str, Any] = {"learning_rate": (1e-4, 1e-2, "log"), "dropout": (0.0, 0.4)}


def network(learning_rate: float = 1e-3, dropout: float = 0.1) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((COLUMNS,)),
            keras.layers.Dense(128, "relu"),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(128, "relu"),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(learning_rate), "binary_crossentropy")
    return model
