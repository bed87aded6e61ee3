"""Each callback on the same training: the validation accuracy, and the time per epoch."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import keras

from epochal.callbacks import TensorBoard
from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import accuracy, best_result, dense_network, final_result, train
from epochal.lab.images import standardized_images
from epochal.lab.sources import GERON, SLIDES, Citation
from epochal.training import predict

CHECKPOINT = "ModelCheckpoint, save_best_only"
STOPPED = "EarlyStopping, restore_best_weights"
Logs = Mapping[str, float] | None


class LowestBatchLoss(keras.callbacks.Callback):
    """A custom callback with hooks for batches and epochs."""

    def on_train_begin(self, logs: Logs = None) -> None:
        """Start anew."""
        self.lowest, self.epochs = float("inf"), 0

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Track the lowest loss of a batch."""
        self.lowest = min(self.lowest, (logs or {})["loss"])

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Count the epochs."""
        self.epochs += 1


# From a folder for files to the callbacks of the fit.
CALLBACKS: dict[str, Callable[[Path], list[keras.callbacks.Callback]]] = {
    "no callback": lambda folder: [],
    STOPPED: lambda folder: [keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)],
    CHECKPOINT: lambda folder: [
        keras.callbacks.ModelCheckpoint(folder / "best.keras", save_best_only=True)
    ],
    "ReduceLROnPlateau": lambda folder: [keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2)],
    "LearningRateScheduler": lambda folder: [
        keras.callbacks.LearningRateScheduler(lambda epoch: 1e-3 * 0.1 ** (epoch / 10))
    ],
    "TensorBoard, histogram_freq=1": lambda folder: [
        TensorBoard(folder / "logs", histogram_freq=1)
    ],
    "custom callback, at every batch": lambda folder: [LowestBatchLoss()],
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy of the same training with each callback."""
    images = standardized_images("fashion-mnist", scale)
    for name, callbacks in CALLBACKS.items():
        with tempfile.TemporaryDirectory() as folder:
            trained = train(
                dense_network(activation="elu"),
                images,
                keras.optimizers.Nadam(1e-3),
                epochs=scale.epochs(20),
                seed=seed,
                callbacks=callbacks(Path(folder)),
            )
            result = (
                best_result(trained) if name in (STOPPED, CHECKPOINT) else final_result(trained)
            )
            if name == CHECKPOINT:
                saved = keras.models.load_model(Path(folder) / "best.keras")
                probabilities = predict(saved, images.x_valid, verbose=0)
                result = replace(result, value=accuracy(probabilities, images.y_valid))
            yield name, result


EXPERIMENT = Experiment(
    name="callbacks",
    title="Callbacks",
    claim="Callbacks stop early, save the best model, change the learning rate, write logs for "
    "TensorBoard, or run code of one's own at batches and epochs.",
    sources=(
        Citation(SLIDES, "Callbacks"),
        Citation(GERON, "Exercise 8"),
    ),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_loss", "validation loss"),
)
