"""Trainings that fail in one way each, and the diagnoses of their runs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import keras
import numpy as np
from keras import layers, regularizers

from epochal.lab.experiment import Experiment, Result, Scale, Variants
from epochal.lab.image_training import dense_network, final_result, train
from epochal.lab.images import Images, standardized_images
from epochal.lab.sources import SAULABI, Citation
from epochal.plots.style import label_axes, line_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 3


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A training that goes wrong in one way, or that does not."""

    network: Callable[[], keras.Model]
    optimizer: Callable[[], keras.optimizers.Optimizer]
    epochs: int
    rows: int | None = None
    callbacks: tuple[keras.callbacks.Callback, ...] = ()


def _nadam() -> keras.optimizers.Optimizer:
    return keras.optimizers.Nadam(1e-3)


def _with_dropout() -> keras.Sequential:
    return keras.Sequential(
        [
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(300, activation="relu", kernel_initializer="he_normal"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


SETTINGS = {
    "learning rate 10": Setting(
        network=dense_network, optimizer=lambda: keras.optimizers.SGD(10.0), epochs=3
    ),
    "L1 0.1": Setting(
        network=lambda: dense_network(kernel_regularizer=regularizers.L1(0.1)),
        optimizer=_nadam,
        epochs=15,
    ),
    "2 epochs": Setting(network=dense_network, optimizer=_nadam, epochs=2),
    "1,000 images": Setting(network=dense_network, optimizer=_nadam, epochs=40, rows=1000),
    "dropout, decaying learning rate": Setting(
        network=_with_dropout,
        optimizer=_nadam,
        epochs=30,
        callbacks=(
            keras.callbacks.LearningRateScheduler(lambda epoch: 1e-3 * 0.1 ** (epoch / 10)),
        ),
    ),
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy and the diagnosis of each setting."""
    images = standardized_images("fashion-mnist", scale)
    for name, setting in SETTINGS.items():
        trained = train(
            setting.network(),
            _first_rows(images, setting.rows),
            setting.optimizer(),
            epochs=scale.epochs(setting.epochs),
            seed=seed,
            callbacks=setting.callbacks,
        )
        yield name, replace(final_result(trained), diagnosis=trained.diagnosis.kind)


def _first_rows(images: Images, rows: int | None) -> Images:
    return images._replace(x_train=images.x_train[:rows], y_train=images.y_train[:rows])


def draw(results: Sequence[Variants]) -> "Figure":
    """Draw the loss of both parts for each setting, with the first seed."""
    variants = results[0]
    figure, grid = new_figure(-(-len(variants) // COLUMNS), COLUMNS, width=2.9, height=2.4)
    for axes, (name, result) in zip(grid.flat, variants.items(), strict=False):
        for index, (key, label) in enumerate((("loss", "training"), ("val_loss", "validation"))):
            losses = result.curves[key]
            axes.plot(range(1, len(losses) + 1), losses, label=label, **line_style(index))
        label_axes(axes, x="epoch", y="loss", title=f"{name}: {result.diagnosis}")
        if not np.isfinite(losses).any():
            axes.text(0.5, 0.5, "not finite", transform=axes.transAxes, ha="center")
            axes.set(xticks=[], yticks=[])
    for axes in grid.flat[len(variants) :]:
        axes.set_axis_off()
    grid.flat[1].legend(frameon=False)
    return figure


EXPERIMENT = Experiment(
    name="over-and-underfitting",
    title="Underfitting and overfitting",
    claim="One must be able to tell whether a run underfits or overfits.",
    sources=(Citation(SAULABI, "underfitting vs overfitting"),),
    measure="validation accuracy",
    run=run,
    draw=draw,
    discussion="The words after the colon are the diagnosis of the run (`run.diagnosis`).",
)
