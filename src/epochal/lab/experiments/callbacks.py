"""Each callback on the same training: what it leaves behind, and what it costs an epoch."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import keras

from epochal.callbacks import TensorBoard
from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import standardized
from epochal.lab.training import accuracy, best, dense_network, last, train
from epochal.training import predict

CHECKPOINT = "ModelCheckpoint, best only"
STOPPED = "EarlyStopping, best weights"
Logs = Mapping[str, float] | None


class LowestBatchLoss(keras.callbacks.Callback):
    """One's own: looks at every batch and every epoch."""

    def on_train_begin(self, logs: Logs = None) -> None:
        self.lowest, self.epochs = float("inf"), 0

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self.lowest = min(self.lowest, (logs or {})["loss"])

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.epochs += 1


# From a folder to what fit is given.
CALLBACKS: dict[str, Callable[[Path], list[keras.callbacks.Callback]]] = {
    "none": lambda folder: [],
    STOPPED: lambda folder: [keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)],
    CHECKPOINT: lambda folder: [
        keras.callbacks.ModelCheckpoint(folder / "best.keras", save_best_only=True)
    ],
    "ReduceLROnPlateau": lambda folder: [keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2)],
    "LearningRateScheduler": lambda folder: [
        keras.callbacks.LearningRateScheduler(lambda epoch: 1e-3 * 0.1 ** (epoch / 10))
    ],
    "TensorBoard, histograms": lambda folder: [TensorBoard(folder / "logs", histogram_freq=1)],
    "one's own, at batches": lambda folder: [LowestBatchLoss()],
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = standardized("fashion-mnist", scale)
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
            result = best(trained) if name in (STOPPED, CHECKPOINT) else last(trained)
            if name == CHECKPOINT:
                saved = keras.models.load_model(Path(folder) / "best.keras")
                probabilities = predict(saved, images.x_valid, verbose=0)
                result = replace(result, value=accuracy(probabilities, images.y_valid))
            yield name, result


EXPERIMENT = Experiment(
    name="callbacks",
    title="Callbacks",
    claim="Stop early, keep the best model, change the rate, write for TensorBoard, or do one's "
    "own at batches and epochs.",
    source="[001] [004]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_loss", "validation loss"),
)
