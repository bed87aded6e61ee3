"""A trained network made smaller and faster, and the accuracy after each step."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np

from epochal.compression import compress
from epochal.lab.experiment import Experiment, Result, Scale, Variants
from epochal.lab.image_training import final_result, train
from epochal.lab.images import unit_images
from epochal.lab.sources import STUDY_GROUP, Citation
from epochal.plots.style import label_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPARSITY = 0.8
COSTS = {"zipped": "compressed file (kB)", "row_ms": "prediction of one row (ms)"}


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
    """Yield the test accuracy after each step of the compression."""
    images = unit_images("fashion-mnist", scale)
    model = network()
    trained = final_result(train(model, images, "nadam", epochs=scale.epochs(10), seed=seed))
    report = compress(
        model,
        images.x_test,
        images.y_test,
        sparsity=SPARSITY,
        training_data=(images.x_train, images.y_train),
        epochs=scale.epochs(4),
        seed=seed,
    )
    for name, row in report.table.iterrows():
        yield (
            str(name),
            Result(
                value=float(row["accuracy"]),
                epochs=trained.epochs,
                curves={cost: [float(row[cost])] for cost in COSTS},
            ),
        )


def draw(results: Sequence[Variants]) -> "Figure":
    """Draw the size on disk and the time of a prediction of each variant."""
    variants = list(results[0])
    positions = np.arange(len(variants))
    figure, (row,) = new_figure(1, len(COSTS), width=4.2, height=1 + 0.35 * len(variants))
    for axes, (cost, label) in zip(row, COSTS.items(), strict=True):
        values = [np.mean([one[name].curves[cost] for one in results]) for name in variants]
        axes.barh(positions, values, color="0.7")
        axes.set_yticks(positions, variants)
        axes.invert_yaxis()
        label_axes(axes, x=label, y="variant")
    return figure


EXPERIMENT = Experiment(
    name="compression",
    title="Compression: smaller models and faster predictions",
    claim="For fast predictions, fold batch normalisation into the layer before it; for very "
    "sparse models, prune.",
    sources=(Citation(STUDY_GROUP, "11.5 Summary and Practical Guidelines"),),
    measure="test accuracy",
    run=run,
    draw=draw,
)
