"""Convolutions: batch normalisation (also folded), dropout, max-norm of each filter."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import constraints, layers

from epochal.compression import fold_batch_normalization
from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import accuracy, final_result, train
from epochal.lab.images import unit_images
from epochal.lab.sources import PARK, SLIDES, STUDY_GROUP, Citation
from epochal.training import predict

NORMALIZED = "batch normalisation"
FOLDED = "batch normalisation, folded"


def network(*, normalized: bool = False, dropout: float = 0.0, **settings: Any) -> keras.Sequential:
    """Two convolutions with strides of 2, and a softmax."""
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
    "max-norm 1, axis [0, 1, 2]": lambda: network(
        kernel_constraint=constraints.MaxNorm(1.0, axis=[0, 1, 2])
    ),
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy of each network."""
    images = unit_images("fashion-mnist", scale)
    for name, make in NETWORKS.items():
        model = make()
        optimizer = keras.optimizers.Nadam()
        trained = train(model, images, optimizer, epochs=scale.epochs(3), batch_size=128, seed=seed)
        result = final_result(trained)
        yield name, result
        if name == NORMALIZED:
            folded = fold_batch_normalization(model)
            probabilities = predict(folded, images.x_valid, verbose=0)
            value = accuracy(probabilities, images.y_valid)
            yield FOLDED, Result(value=value, epochs=result.epochs)


EXPERIMENT = Experiment(
    name="convolutions",
    title="Convolutions: batch normalisation, dropout, max-norm",
    claim="All three apply to convolutions: no bias before batch normalisation, dropout rates of "
    "0.4 to 0.5, max-norm over axes 0, 1 and 2.",
    sources=(
        Citation(SLIDES, "Batch Normalization"),
        Citation(STUDY_GROUP, "11.4.4 Max-Norm Regularization"),
        Citation(PARK, "2. Dropout"),
    ),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_accuracy", "validation accuracy"),
    discussion="Three epochs of two small convolutions show that all variants train, not which is "
    "best. Batch normalisation stands before the activation, so that it can be folded.",
    revision=2,
)
