"""What the CIFAR-10 exercises share: the deep network, and training until it gets worse."""

import keras
from keras import layers

from epochal.lab.experiment import Scale
from epochal.lab.images import Images
from epochal.lab.training import selu_network, train
from epochal.training import Run

NAME = "cifar-10"
DEPTH, UNITS = 20, 100
HIDDEN = [UNITS] * DEPTH


def alpha_dropout_network() -> keras.Sequential:
    """Twenty SELU layers, and alpha dropout of 0.1 before the head."""
    model = selu_network(HIDDEN)
    head = model.layers[-1]
    model.pop()
    model.add(layers.AlphaDropout(0.1))
    model.add(head)
    return model


def train_until_worse(
    model: keras.Model, images: Images, rate: float, scale: Scale, seed: int
) -> Run:
    """Nadam, at most 100 epochs, patience 20; the weights of the lowest validation loss."""
    return train(
        model,
        images,
        keras.optimizers.Nadam(rate),
        epochs=scale.epochs(100),
        seed=seed,
        callbacks=[keras.callbacks.EarlyStopping(patience=20, restore_best_weights=True)],
    )
