"""Stopping on the validation loss, and where gradient, loss or weights hardly change."""

from collections.abc import Iterator
from dataclasses import replace

import keras

from epochal.lab import drawing
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import standardized
from epochal.lab.training import dense_network, last, tested, train

EPOCHS = 60
MONITORED: dict[str, dict[str, object]] = {
    "never": {},
    "validation loss": {"monitor": "val_loss", "patience": 5, "restore_best_weights": True},
    "gradient norm": {"monitor": "gradient_norm", "patience": 5},
    "loss change": {"monitor": "loss_change", "patience": 5},
    "weight change": {"monitor": "weight_change", "patience": 5},
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = standardized("fashion-mnist", scale)
    for name, settings in MONITORED.items():
        model = dense_network(activation="elu")
        trained = train(
            model,
            images,
            keras.optimizers.SGD(1e-2, momentum=0.9),
            epochs=scale.epochs(EPOCHS),
            batch_size=128,
            seed=seed,
            callbacks=[keras.callbacks.EarlyStopping(**settings)] if settings else [],
        )
        yield name, tested(model, images, replace(last(trained), epochs=len(trained.epoch)))


EXPERIMENT = Experiment(
    name="early-stopping",
    title="Early stopping, by what it watches",
    claim="Training is stopped on the validation loss, or where the gradient, the loss or the "
    "weights hardly change any more.",
    source="[000] [001] [002] [003] [004]",
    measure="test accuracy",
    run=run,
    draw=drawing.curves("val_loss", "validation loss"),
)
