"""Runs made to underfit, to overfit, and to do neither, and what they say of themselves."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import keras

from epochal.lab.experiment import Arms, Experiment, Result, Scale
from epochal.lab.images import Images, standardized
from epochal.lab.training import dense_network, last, train
from epochal.plots.style import dress, line, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FEW = 1000
Setting = tuple[Callable[[], keras.Model], float, int | None, int]
# A network, its rate, the training rows (None: all) and the epochs.
SETTINGS: dict[str, Setting] = {
    "one unit": (lambda: dense_network((1,), activation="relu"), 1e-4, None, 5),
    "1,000 rows": (lambda: dense_network((300, 100), activation="relu"), 1e-3, FEW, 40),
    "all rows": (lambda: dense_network((100,), activation="relu"), 1e-3, None, 5),
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = standardized("fashion-mnist", scale)
    for name, (network, rate, rows, epochs) in SETTINGS.items():
        trained = train(
            network(),
            _first(images, rows),
            keras.optimizers.Nadam(rate),
            epochs=scale.epochs(epochs),
            seed=seed,
        )
        yield f"{name}: {trained.verdict.kind}", last(trained)


def _first(images: Images, rows: int | None) -> Images:
    return images._replace(x_train=images.x_train[:rows], y_train=images.y_train[:rows])


def draw(results: Sequence[Arms]) -> "Figure":
    figure, (row,) = new_figure(1, len(results[0]), width=3.4, height=2.8)
    for axes, (name, result) in zip(row, results[0].items(), strict=True):
        for index, (key, label) in enumerate((("loss", "training"), ("val_loss", "validation"))):
            losses = result.curves[key]
            axes.plot(range(1, len(losses) + 1), losses, label=label, **line(index))
        dress(axes, x="epoch", y="loss", title=name)
    row[0].legend(frameon=False)
    return figure


EXPERIMENT = Experiment(
    name="fitting",
    title="Underfitting and overfitting told apart",
    claim="It must be possible to tell which of them a run shows.",
    source="[002]",
    measure="validation accuracy",
    run=run,
    draw=draw,
    why="The word after the colon is what the run says of itself (`run.verdict`).",
)
