"""Early stopping by validation loss, gradient norm, change of the loss, change of the weights."""

from collections.abc import Callable, Iterator, Mapping

import keras

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import (
    best_result,
    dense_network,
    final_result,
    train,
    with_test_accuracy,
)
from epochal.lab.images import standardized_images
from epochal.lab.sources import GERON, SLIDES, STUDY_GROUP, Citation

EPOCHS = 60
VALIDATION = "validation loss, patience 5"


class StopBelow(keras.callbacks.Callback):
    """Stop after an epoch in which the monitored value is below a threshold."""

    def __init__(self, monitor: str, threshold: float) -> None:
        super().__init__()
        self.monitor, self.threshold = monitor, threshold

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Stop the training where the value is low enough."""
        if (logs or {})[self.monitor] < self.threshold:
            self.model.stop_training = True


STOPS: dict[str, Callable[[], list[keras.callbacks.Callback]]] = {
    "no early stopping": lambda: [],
    VALIDATION: lambda: [keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)],
    "gradient norm below 0.3": lambda: [StopBelow("gradient_norm", 0.3)],
    "change of the loss below 0.002": lambda: [StopBelow("loss_change", 0.002)],
    "change of the weights below 0.01": lambda: [StopBelow("weight_change", 0.01)],
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the test accuracy with each criterion."""
    images = standardized_images("fashion-mnist", scale)
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
        result = best_result(trained) if name == VALIDATION else final_result(trained)
        yield name, with_test_accuracy(model, images, result)


EXPERIMENT = Experiment(
    name="early-stopping",
    title="Criteria of early stopping",
    claim="Training stops when the validation loss no longer improves, or when the gradient is "
    "close to zero or the loss or the weights hardly change.",
    sources=(
        Citation(SLIDES, "Early Stopping"),
        Citation(STUDY_GROUP, "11.5 Summary and Practical Guidelines"),
        Citation(GERON, "Exercise 8"),
    ),
    measure="test accuracy",
    run=run,
    draw=charts.curves("val_loss", "validation loss"),
    revision=2,
)
