"""Compress a Fashion-MNIST classifier, and compare its size, speed and accuracy.

`python -m examples.compress_fashion_mnist` trains on 55,000 images, prunes while fine-tuning, and
prints the table of docs/compression.md.
"""

import argparse

import epochal  # before keras, whose backend it chooses
from epochal.data import datasets

# isort: split
import keras
import numpy as np


def network() -> keras.Model:
    """300 and 100 units, with batch normalisation before each activation, so that it folds away."""
    layers = keras.layers
    model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.BatchNormalization()])
    for units in (300, 100):
        model.add(layers.Dense(units, use_bias=False, kernel_initializer="he_normal"))
        model.add(layers.BatchNormalization())
        model.add(layers.Activation("relu"))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("nadam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main(
    rows: int = 55_000, epochs: int = 10, fine_tuning: int = 10, sparsity: float = 0.9
) -> epochal.CompressionReport:
    """Train, compress in several ways, and score each on the last 5,000 training images."""
    data = datasets.load_images("fashion-mnist")
    x, y = (data.x_train / 255).astype(np.float32), data.y_train.astype(np.int32)
    keras.utils.set_random_seed(42)
    model = network()
    epochal.fit(model, x[:rows], y[:rows], epochs=epochs, seed=42, verbose=0)
    report = epochal.compress(
        model,
        x[55_000:],
        y[55_000:],
        sparsity=sparsity,
        training_data=(x[:rows], y[:rows]),
        epochs=fine_tuning,
        modes=["float16", "int8", "int4"],
        seed=42,
    )
    print(report)
    return report


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sparsity", type=float, default=0.9)
    main(sparsity=parser.parse_args().sparsity)
