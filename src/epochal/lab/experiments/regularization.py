"""L1, L2, dropout, alpha dropout and max-norm, with the settings of the sources."""

from collections.abc import Callable, Iterator

import keras
from keras import constraints, layers, regularizers

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import dense_network, final_result, selu_network, train
from epochal.lab.images import standardized_images
from epochal.lab.sources import GERON, PARK, SAULABI, SLIDES, STUDY_GROUP, Citation


def _with_dropout(
    dropout: Callable[[float], keras.Layer], activation: str, initializer: str
) -> keras.Sequential:
    """Dropout at a rate of 0.2 before each dense layer."""
    model = keras.Sequential([layers.Flatten()])
    for units in (300, 100):
        model.add(dropout(0.2))
        model.add(layers.Dense(units, activation=activation, kernel_initializer=initializer))
    model.add(dropout(0.2))
    model.add(layers.Dense(10, activation="softmax"))
    return model


NETWORKS: dict[str, Callable[[], keras.Sequential]] = {
    "no regularisation": lambda: dense_network(activation="elu"),
    "L1 1e-5": lambda: dense_network(activation="elu", kernel_regularizer=regularizers.L1(1e-5)),
    "L2 0.01": lambda: dense_network(activation="elu", kernel_regularizer=regularizers.L2(0.01)),
    "L2 1e-5": lambda: dense_network(activation="elu", kernel_regularizer=regularizers.L2(1e-5)),
    "dropout 0.2": lambda: _with_dropout(layers.Dropout, "elu", "he_normal"),
    "alpha dropout 0.2": lambda: _with_dropout(layers.AlphaDropout, "selu", "lecun_normal"),
    "max-norm 1": lambda: selu_network(kernel_constraint=constraints.MaxNorm(1.0)),
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy with each kind of regularisation."""
    images = standardized_images("fashion-mnist", scale)
    for name, network in NETWORKS.items():
        yield (
            name,
            final_result(train(network(), images, "nadam", epochs=scale.epochs(20), seed=seed)),
        )


EXPERIMENT = Experiment(
    name="regularization",
    title="Regularisation: L1, L2, dropout, alpha dropout, max-norm",
    claim="Each reduces overfitting: the validation loss should no longer rise.",
    sources=(
        Citation(GERON, "Avoiding Overfitting Through Regularization"),
        Citation(STUDY_GROUP, "11.4.4 Max-Norm Regularization"),
        Citation(SLIDES, "Regularizing"),
        Citation(SAULABI, "Regularization"),
        Citation(PARK, "1. L1, L2"),
    ),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_loss", "validation loss"),
    discussion="The notebook trains most of these for 2 epochs, with L2 on the softmax too and "
    "alpha dropout with SGD; here all train for 20 epochs with Nadam, so that overfitting shows. "
    "Dropout and max-norm prevent it; L2 of 0.01 does too, but costs accuracy; penalties of 1e-5 "
    "are too weak. The losses of penalised networks include the penalty.",
)
