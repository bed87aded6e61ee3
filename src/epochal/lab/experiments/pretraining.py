"""Few labels: from scratch, after unsupervised pretraining, and after an auxiliary task."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import LOSS, dense_network, final_result, train, with_test_accuracy
from epochal.lab.images import Images, unit_images
from epochal.lab.sources import GERON, STUDY_GROUP, Citation
from epochal.training import fit
from epochal.transfer import fine_tune, pretrain_autoencoder, reuse

LABELLED = 500
HIDDEN = (300, 100)
SCRATCH = "from scratch"
AUTOENCODER = "after a denoising autoencoder"
AUXILIARY = "after an auxiliary task: kind of clothing"
GROUP_OF_CLASS = np.array([0, 1, 0, 0, 0, 2, 0, 2, 3, 2])  # tops, trousers, shoes, bags


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the test accuracy from scratch and after each kind of pretraining."""
    keras.utils.set_random_seed(seed)  # for the models that are built before the fit
    images = unit_images("fashion-mnist", scale)
    few = images._replace(x_train=images.x_train[:LABELLED], y_train=images.y_train[:LABELLED])
    scratch = _network(few)
    trained = train(scratch, few, keras.optimizers.Nadam(), epochs=scale.epochs(20), seed=seed)
    yield SCRATCH, with_test_accuracy(scratch, few, final_result(trained))

    pretrained = pretrain_autoencoder(
        _network(images), images.x_train, noise=0.3, epochs=scale.epochs(10), seed=seed, verbose=0
    )
    yield (
        AUTOENCODER,
        _fine_tuned(reuse(pretrained.encoder, 10, drop=0, seed=seed), few, scale, seed),
    )

    auxiliary = _network(images, classes=4)
    auxiliary.compile(keras.optimizers.Nadam(), LOSS)
    groups = GROUP_OF_CLASS[images.y_train]
    fit(auxiliary, images.x_train, groups, epochs=scale.epochs(5), seed=seed, verbose=0)
    yield AUXILIARY, _fine_tuned(reuse(auxiliary, 10, seed=seed), few, scale, seed)


def _network(images: Images, classes: int = 10) -> keras.Sequential:
    model = dense_network(HIDDEN, activation="elu", classes=classes)
    model.build((None, *images.x_train.shape[1:]))
    return model


def _fine_tuned(model: keras.Model, images: Images, scale: Scale, seed: int) -> Result:
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
    return with_test_accuracy(model, images, final_result(trained))


EXPERIMENT = Experiment(
    name="pretraining",
    title="Pretraining with few labels",
    claim="With few labels, it helps to pretrain the layers without labels or on a related task.",
    sources=(
        Citation(GERON, "Unsupervised Pretraining"),
        Citation(STUDY_GROUP, "11.5 Summary and Practical Guidelines"),
    ),
    measure="test accuracy",
    run=run,
    draw=charts.means("test accuracy"),
    discussion="500 images have labels. The auxiliary task tells tops, trousers, shoes and bags "
    "apart, and has the labels of all 55,000 images.",
)
