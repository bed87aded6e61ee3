"""The learning rates that the CIFAR-10 exercise is chosen from."""

from collections.abc import Iterator

import keras

from epochal.lab import charts
from epochal.lab.cifar10_exercise import EXERCISE, HIDDEN, NAME
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import dense_network, final_result, train
from epochal.lab.images import raw_images

RATES = (1e-5, 3e-5, 5e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy with each learning rate."""
    images = raw_images(NAME, scale)
    for rate in RATES:
        model = dense_network(HIDDEN, activation="elu")
        optimizer = keras.optimizers.Nadam(rate)
        yield (
            f"{rate:g}",
            final_result(train(model, images, optimizer, epochs=scale.epochs(10), seed=seed)),
        )


EXPERIMENT = Experiment(
    name="cifar10-learning-rates",
    title="CIFAR-10: choosing the learning rate",
    claim="Of the learning rates from 1e-5 to 1e-2, 3e-5 and 1e-4 do well within 10 epochs, and "
    "5e-5 slightly better.",
    sources=(EXERCISE,),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_loss", "validation loss"),
    discussion="Here 1e-4 is ahead of 5e-5 after 10 epochs. `cifar10-plain` uses 5e-5, as the "
    "notebook does.",
)
