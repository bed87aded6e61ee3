"""Stopping on the validation loss, and where gradient, loss or weights hardly change."""

from collections.abc import Callable, Iterator, Mapping

import keras

from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import standardized
from epochal.lab.training import best, dense_network, last, tested, train

EPOCHS = 60
VALIDATION = "validation loss"


class StopBelow(keras.callbacks.Callback):
    """Stops at the end of an epoch in which what is monitored lay below a threshold."""

    def __init__(self, monitor: str, threshold: float) -> None:
        super().__init__()
        self.monitor, self.threshold = monitor, threshold

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        if (logs or {})[self.monitor] < self.threshold:
            self.model.stop_training = True


STOPS: dict[str, Callable[[], list[keras.callbacks.Callback]]] = {
    "never": lambda: [],
    VALIDATION: lambda: [keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)],
    "gradient norm below 0.3": lambda: [StopBelow("gradient_norm", 0.3)],
    "loss change below 0.002": lambda: [StopBelow("loss_change", 0.002)],
    "weight change below 0.01": lambda: [StopBelow("weight_change", 0.01)],
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = standardized("fashion-mnist", scale)
    for name, stops in STOPS.items():
        model = dense_network(activation="elu")
        trained = train(
            model,
            images,
            keras.optimizers.SGD(1e-2, momentum=0.9),
            epochs=scale.epochs(EPOCHS),
            batch_size=128,
            seed=seed,
            callbacks=stops(),
        )
        result = best(trained) if name == VALIDATION else last(trained)
        yield name, tested(model, images, result)


EXPERIMENT = Experiment(
    name="early-stopping",
    title="Early stopping, by what it watches",
    claim="Training is stopped on the validation loss, or where the gradient, the loss or the "
    "weights hardly change any more.",
    source="[000] [001] [002] [003] [004]",
    measure="test accuracy",
    run=run,
    draw=figures.curves("val_loss", "validation loss"),
    revision=2,
)
