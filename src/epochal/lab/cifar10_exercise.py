"""What the CIFAR-10 experiments share: the deep network, and training with early stopping."""

import keras
from keras import layers

from epochal.lab.experiment import Scale
from epochal.lab.image_training import selu_network, train
from epochal.lab.images import Images
from epochal.lab.sources import GERON, Citation
from epochal.training import Run

EXERCISE = Citation(GERON, "Exercise 8")
NAME = "cifar-10"
DEPTH, UNITS = 20, 100
HIDDEN = [UNITS] * DEPTH


def alpha_dropout_network(rate: float = 0.1) -> keras.Sequential:
    """Twenty SELU layers, and alpha dropout at this rate before the output layer."""
    model = selu_network(HIDDEN)
    head = model.layers[-1]
    model.pop()
    model.add(layers.AlphaDropout(rate))
    model.add(head)
    return model


def train_with_early_stopping(
    model: keras.Model, images: Images, learning_rate: float, scale: Scale, seed: int
) -> Run:
    """Nadam, at most 100 epochs, patience 20; restores the weights of the best epoch."""
    return train(
        model,
        images,
        keras.optimizers.Nadam(learning_rate),
        epochs=scale.epochs(100),
        seed=seed,
        callbacks=[keras.callbacks.EarlyStopping(patience=20, restore_best_weights=True)],
    )
