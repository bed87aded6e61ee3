"""A learning-rate range test, then 1cycle beside a constant learning rate."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import keras

from epochal.lab.charts import mean_curve
from epochal.lab.experiment import Experiment, Result, Scale, Variants
from epochal.lab.image_training import LOSS, final_result, selu_network, train
from epochal.lab.images import Images, standardized_images
from epochal.lab.sources import GERON, Citation
from epochal.plots.style import label_axes, line_style, new_figure, reference_line
from epochal.schedules import OneCycle
from epochal.tuning import LearningRateCurve, find_learning_rate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BATCH_SIZE = 128
PEAK = 0.05  # what the notebook reads from its range test
CONSTANT, CYCLE = "constant, 0.01", "1cycle, peak 0.05"


def range_test(images: Images, seed: int) -> LearningRateCurve:
    """The loss against an exponentially rising learning rate."""
    keras.utils.set_random_seed(seed)  # the model is built before the fit
    model = selu_network()
    model.compile(keras.optimizers.SGD(1e-3), LOSS)
    model.build(images.x_train.shape)
    steps = -(-len(images.x_train) // BATCH_SIZE)
    return find_learning_rate(
        model,
        images.x_train,
        images.y_train,
        minimum=1e-5,
        maximum=10.0,
        steps=steps,
        batch_size=BATCH_SIZE,
        seed=seed,
    )


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy of each schedule; 1cycle has the curve of the range test."""
    images = standardized_images("fashion-mnist", scale)
    for name, schedule in ((CONSTANT, None), (CYCLE, OneCycle(PEAK))):
        trained = train(
            selu_network(),
            images,
            keras.optimizers.SGD(1e-2),
            epochs=scale.epochs(25),
            batch_size=BATCH_SIZE,
            seed=seed,
            schedule=schedule,
        )
        result = final_result(trained)
        if schedule is not None:
            curve = range_test(images, seed)
            result = result.with_curve("rates", curve.learning_rates.tolist())
            result = result.with_curve("losses", curve.smoothed.tolist())
        yield name, result


def draw(results: Sequence[Variants]) -> "Figure":
    """Draw the range test of the first seed, and the mean validation accuracy of both schedules."""
    figure, ((test, training),) = new_figure(1, 2, width=4.6)
    cycle = results[0][CYCLE].curves
    test.plot(cycle["rates"], cycle["losses"], **line_style(0))
    test.set_xscale("log")
    reference_line(test, x=PEAK)
    label_axes(test, x="learning rate", y="smoothed training loss", title="Range test")
    for index, name in enumerate((CONSTANT, CYCLE)):
        values = mean_curve(results, name, "val_accuracy")
        training.plot(range(1, len(values) + 1), values, label=name, **line_style(index))
    label_axes(training, x="epoch", y="validation accuracy", title="Training")
    training.legend(frameon=False)
    return figure


EXPERIMENT = Experiment(
    name="one-cycle",
    title="Range test and 1cycle",
    claim="A range test raises the learning rate until the loss explodes; 1cycle then peaks below "
    "that, at 0.05.",
    sources=(Citation(GERON, "Learning Rate Scheduling"),),
    measure="validation accuracy",
    run=run,
    draw=draw,
    revision=2,
)
