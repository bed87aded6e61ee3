"""A trained network made smaller and faster, and what each step costs."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np

from epochal.compression import compress
from epochal.lab.experiment import Arms, Experiment, Result, Scale
from epochal.lab.images import unit
from epochal.lab.training import last, train
from epochal.plots.style import dress, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPARSITY = 0.8
COSTS = {"zipped": "kB on disk, deflated", "row_ms": "ms a single row"}


def network() -> keras.Sequential:
    """Batch normalisation before each activation, so that it can be folded away."""
    model = keras.Sequential([keras.layers.Flatten()])
    for units in (300, 100):
        model.add(keras.layers.Dense(units, use_bias=False, kernel_initializer="he_normal"))
        model.add(keras.layers.BatchNormalization())
        model.add(keras.layers.Activation("relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    return model


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = unit("fashion-mnist", scale)
    model = network()
    trained = last(train(model, images, "nadam", epochs=scale.epochs(10), seed=seed))
    tried = compress(
        model,
        images.x_test,
        images.y_test,
        sparsity=SPARSITY,
        training_data=(images.x_train, images.y_train),
        epochs=scale.epochs(4),
        seed=seed,
    )
    for name, row in tried.table.iterrows():
        yield (
            str(name),
            Result(
                value=float(row["accuracy"]),
                epochs=trained.epochs,
                curves={cost: [float(row[cost])] for cost in COSTS},
            ),
        )


def draw(results: Sequence[Arms]) -> "Figure":
    arms = list(results[0])
    places = np.arange(len(arms))
    figure, (row,) = new_figure(1, len(COSTS), width=4.2, height=1 + 0.35 * len(arms))
    for axes, (cost, label) in zip(row, COSTS.items(), strict=True):
        values = [np.mean([result[arm].curves[cost] for result in results]) for arm in arms]
        axes.barh(places, values, color="0.7")
        axes.set_yticks(places, arms)
        axes.invert_yaxis()
        dress(axes, x=label, y="variant")
    return figure


EXPERIMENT = Experiment(
    name="compaction",
    title="Smaller and faster at prediction",
    claim="Batch normalisation is folded into the layer before it; very sparse models are pruned.",
    source="[000]",
    measure="test accuracy",
    run=run,
    draw=draw,
)
