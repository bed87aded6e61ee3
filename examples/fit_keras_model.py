"""Train your own Keras model with `epochal.fit` instead of `model.fit`."""

import epochal  # before keras, whose backend it chooses

# isort: split
import keras
import numpy as np


def main(rows: int = 4096, epochs: int = 5) -> epochal.Run:
    """Classify whether points lie inside a ball; return the run."""
    generator = np.random.default_rng(0)
    x = generator.standard_normal((rows, 10)).astype("float32")
    y = ((x**2).sum(axis=1) < 10).astype("int32")

    model = keras.Sequential(
        [
            keras.layers.Dense(64, activation="elu", kernel_initializer="he_normal"),
            keras.layers.Dense(64, activation="elu", kernel_initializer="he_normal"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer="nadam", loss="binary_crossentropy", metrics=["accuracy"])

    run = epochal.fit(model, x, y, epochs=epochs, validation_split=0.25, seed=1)
    print(f"validation accuracy {run.history['val_accuracy'][-1]:.3f} in {run.seconds:.1f} s")
    return run


if __name__ == "__main__":
    main()
