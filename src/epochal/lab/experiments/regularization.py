"""L1, L2, dropout, alpha dropout and max-norm, as the documents set them."""

from collections.abc import Callable, Iterator

import keras
from keras import constraints, layers, regularizers

from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import standardized
from epochal.lab.training import dense_network, last, selu_network, train


def _with_dropout(
    dropout: Callable[[float], keras.Layer], activation: str, initializer: str
) -> keras.Sequential:
    """Dropout of 0.2 before each dense layer."""
    model = keras.Sequential([layers.Flatten()])
    for units in (300, 100):
        model.add(dropout(0.2))
        model.add(layers.Dense(units, activation=activation, kernel_initializer=initializer))
    model.add(dropout(0.2))
    model.add(layers.Dense(10, activation="softmax"))
    return model


NETWORKS: dict[str, Callable[[], keras.Sequential]] = {
    "none": lambda: dense_network(activation="elu"),
    "L1 1e-5": lambda: dense_network(activation="elu", kernel_regularizer=regularizers.L1(1e-5)),
    "L2 0.01": lambda: dense_network(activation="elu", kernel_regularizer=regularizers.L2(0.01)),
    "L2 1e-5": lambda: dense_network(activation="elu", kernel_regularizer=regularizers.L2(1e-5)),
    "dropout 0.2": lambda: _with_dropout(layers.Dropout, "elu", "he_normal"),
    "alpha dropout 0.2": lambda: _with_dropout(layers.AlphaDropout, "selu", "lecun_normal"),
    "max-norm 1": lambda: selu_network(kernel_constraint=constraints.MaxNorm(1.0)),
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = standardized("fashion-mnist", scale)
    for name, network in NETWORKS.items():
        yield name, last(train(network(), images, "nadam", epochs=scale.epochs(20), seed=seed))


EXPERIMENT = Experiment(
    name="regularization",
    title="L1, L2, dropout, alpha dropout, max-norm",
    claim="Each holds back overfitting: the validation loss should no longer rise.",
    source="[000] [001] [002] [003] [004]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_loss", "validation loss"),
    why="The documents train most of these for 2 epochs, with L2 on the softmax too and alpha "
    "dropout with SGD; 20 epochs of Nadam for all show what each holds back. Dropout and max-norm "
    "do it, and L2 of 0.01 at a price; penalties of 1e-5 are too weak here. The losses of "
    "penalised networks hold their penalty.",
)
