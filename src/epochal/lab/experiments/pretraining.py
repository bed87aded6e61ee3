"""Few labels: from scratch, after pre-training without labels, and after an auxiliary task."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import Images, unit
from epochal.lab.training import LOSS, dense_network, last, tested, train
from epochal.training import fit
from epochal.transfer import fine_tune, pretrain_autoencoder, reuse

LABELLED = 500
HIDDEN = (300, 100)
SCRATCH = "from scratch"
AUTOENCODER = "denoising autoencoder before"
AUXILIARY = "auxiliary task before: kind of clothing"
GROUP_OF_CLASS = np.array([0, 1, 0, 0, 0, 2, 0, 2, 3, 2])  # tops, trousers, shoes, bags


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    keras.utils.set_random_seed(seed)  # models that are built before they train draw from there
    images = unit("fashion-mnist", scale)
    few = images._replace(x_train=images.x_train[:LABELLED], y_train=images.y_train[:LABELLED])
    scratch = _network(few)
    trained = train(scratch, few, keras.optimizers.Nadam(), epochs=scale.epochs(20), seed=seed)
    yield SCRATCH, tested(scratch, few, last(trained))

    pretrained = pretrain_autoencoder(
        _network(images), images.x_train, noise=0.3, epochs=scale.epochs(10), seed=seed, verbose=0
    )
    yield AUTOENCODER, _tuned(reuse(pretrained.encoder, 10, drop=0, seed=seed), few, scale, seed)

    auxiliary = _network(images, classes=4)
    auxiliary.compile(keras.optimizers.Nadam(), LOSS)
    groups = GROUP_OF_CLASS[images.y_train]
    fit(auxiliary, images.x_train, groups, epochs=scale.epochs(5), seed=seed, verbose=0)
    yield AUXILIARY, _tuned(reuse(auxiliary, 10, seed=seed), few, scale, seed)


def _network(images: Images, classes: int = 10) -> keras.Sequential:
    model = dense_network(HIDDEN, activation="elu", classes=classes)
    model.build((None, *images.x_train.shape[1:]))
    return model


def _tuned(model: keras.Model, images: Images, scale: Scale, seed: int) -> Result:
    epochs: dict[str, Any] = {"frozen_epochs": scale.epochs(4), "epochs": scale.epochs(16)}
    trained = fine_tune(
        model,
        images.x_train,
        images.y_train,
        validation_data=images.validation,
        seed=seed,
        verbose=0,
        **epochs,
    )
    return tested(model, images, last(trained))


EXPERIMENT = Experiment(
    name="pretraining",
    title="Pre-training, where labels are few",
    claim="With 500 labels, layers that were trained without labels or on a like task help.",
    source="[000] [004]",
    measure="test accuracy",
    run=run,
    draw=figures.means("test accuracy"),
    why="The auxiliary task knows tops, trousers, shoes and bags of all 55,000 images.",
)
