"""Runs made to show each of the troubles, and what they say of themselves."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import keras
from keras import layers, regularizers

from epochal.lab.experiment import Arms, Experiment, Result, Scale
from epochal.lab.images import Images, standardized
from epochal.lab.training import dense_network, last, train
from epochal.plots.style import dress, line, new_figure
from epochal.schedules import OneCycle

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 3


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A training that goes wrong in one way, or does not."""

    network: Callable[[], keras.Model]
    optimizer: Callable[[], keras.optimizers.Optimizer]
    epochs: int
    rows: int | None = None
    fit: dict[str, Any] = field(default_factory=dict)


def _nadam() -> keras.optimizers.Optimizer:
    return keras.optimizers.Nadam(1e-3)


def _with_dropout() -> keras.Sequential:
    model = dense_network((300,), activation="relu")
    model.layers.insert(-1, layers.Dropout(0.2))
    return model


SETTINGS = {
    "rate of 10": Setting(
        network=lambda: dense_network(), optimizer=lambda: keras.optimizers.SGD(10.0), epochs=3
    ),
    "L1 of 0.1": Setting(
        network=lambda: dense_network(kernel_regularizer=regularizers.L1(0.1)),
        optimizer=_nadam,
        epochs=15,
    ),
    "2 epochs": Setting(network=dense_network, optimizer=_nadam, epochs=2),
    "1,000 rows": Setting(network=dense_network, optimizer=_nadam, epochs=40, rows=1000),
    "all rows, 60 epochs": Setting(network=dense_network, optimizer=_nadam, epochs=60),
    "all rows, L2, 1cycle": Setting(
        network=lambda: dense_network(kernel_regularizer=regularizers.L2(1e-4)),
        optimizer=_nadam,
        epochs=30,
        fit={"schedule": OneCycle(1e-3), "batch_size": 128},
    ),
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = standardized("fashion-mnist", scale)
    for name, setting in SETTINGS.items():
        trained = train(
            setting.network(),
            _first(images, setting.rows),
            setting.optimizer(),
            epochs=scale.epochs(setting.epochs),
            seed=seed,
            **setting.fit,
        )
        yield name, replace(last(trained), verdict=trained.verdict.kind)


def _first(images: Images, rows: int | None) -> Images:
    return images._replace(x_train=images.x_train[:rows], y_train=images.y_train[:rows])


def draw(results: Sequence[Arms]) -> "Figure":
    arms = results[0]
    figure, grid = new_figure(-(-len(arms) // COLUMNS), COLUMNS, width=2.9, height=2.4)
    for axes, (name, result) in zip(grid.flat, arms.items(), strict=True):
        for index, (key, label) in enumerate((("loss", "training"), ("val_loss", "validation"))):
            losses = result.curves[key]
            axes.plot(range(1, len(losses) + 1), losses, label=label, **line(index))
        dress(axes, x="epoch", y="loss", title=f"{name}: {result.verdict}")
    grid.flat[0].legend(frameon=False)
    return figure


EXPERIMENT = Experiment(
    name="fitting",
    title="Underfitting and overfitting told apart",
    claim="It must be possible to tell which of them a run shows.",
    source="[002]",
    measure="validation accuracy",
    run=run,
    draw=draw,
    why="The words after the colon are what the run says of itself (`run.verdict`).",
)
