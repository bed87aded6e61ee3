"""Convolutions: batch normalisation and folding it, dropout, max-norm over each filter."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import constraints, layers

from epochal.compression import fold_batch_normalization
from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import unit
from epochal.lab.training import accuracy, last, train
from epochal.training import predict

NORMALIZED = "batch normalisation"
FOLDED = "batch normalisation, folded"


def network(*, normalized: bool = False, dropout: float = 0.0, **settings: Any) -> keras.Sequential:
    """Two convolutions that halve the image, and a softmax."""
    model = keras.Sequential([layers.Reshape((28, 28, 1))])
    for filters in (8, 16):
        model.add(
            layers.Conv2D(
                filters,
                3,
                strides=2,
                use_bias=not normalized,
                kernel_initializer="he_normal",
                **settings,
            )
        )
        if normalized:
            model.add(layers.BatchNormalization())
        model.add(layers.Activation("elu"))
    model.add(layers.Flatten())
    if dropout:
        model.add(layers.Dropout(dropout))
    model.add(layers.Dense(10, activation="softmax"))
    return model


NETWORKS: dict[str, Callable[[], keras.Sequential]] = {
    "plain": network,
    NORMALIZED: lambda: network(normalized=True),
    "dropout 0.4": lambda: network(dropout=0.4),
    "max-norm 1, axis (0, 1, 2)": lambda: network(
        kernel_constraint=constraints.MaxNorm(1.0, axis=[0, 1, 2])
    ),
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = unit("fashion-mnist", scale)
    for name, make in NETWORKS.items():
        model = make()
        optimizer = keras.optimizers.Nadam()
        trained = train(model, images, optimizer, epochs=scale.epochs(3), batch_size=128, seed=seed)
        result = last(trained)
        yield name, result
        if name == NORMALIZED:
            folded = fold_batch_normalization(model)
            probabilities = predict(folded, images.x_valid, verbose=0)
            value = accuracy(probabilities, images.y_valid)
            yield FOLDED, Result(value=value, epochs=result.epochs)


EXPERIMENT = Experiment(
    name="convolutions",
    title="Convolutions: batch normalisation, dropout, max-norm",
    claim="All of it works for convolutions too: no bias before the normalisation, 0.4 to 0.5 of "
    "dropout, the norm of a filter over axes 0, 1 and 2.",
    source="[001] [003] [004]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_accuracy", "validation accuracy"),
    why="Three epochs of two small convolutions: to see that all of it trains, not which is best. "
    "Normalisation stands before the activation, so that it can be folded.",
    revision=2,
)
