"""The range test, then 1cycle beside the constant rate."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import keras

from epochal.lab.experiment import Arms, Experiment, Result, Scale
from epochal.lab.figures import mean_curve
from epochal.lab.images import Images, standardized
from epochal.lab.training import LOSS, last, selu_network, train
from epochal.plots.style import dress, line, new_figure, reference
from epochal.schedules import OneCycle
from epochal.tuning import LearningRateCurve, find_learning_rate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BATCH_SIZE = 128
PEAK = 0.05  # the documents' reading of their range test
CONSTANT, CYCLE = "constant 0.01", "1cycle, peak 0.05"


def network() -> keras.Sequential:
    return selu_network()


def range_test(images: Images, seed: int) -> LearningRateCurve:
    """The loss against an exponentially rising rate."""
    keras.utils.set_random_seed(seed)  # the model is built before it trains
    model = network()
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
    images = standardized("fashion-mnist", scale)
    for name, schedule in ((CONSTANT, None), (CYCLE, OneCycle(PEAK))):
        trained = train(
            network(),
            images,
            keras.optimizers.SGD(1e-2),
            epochs=scale.epochs(25),
            batch_size=BATCH_SIZE,
            seed=seed,
            schedule=schedule,
        )
        result = last(trained)
        if schedule is not None:
            curve = range_test(images, seed)
            result = result.with_curve("rates", curve.learning_rates.tolist())
            result = result.with_curve("losses", curve.smoothed.tolist())
        yield name, result


def draw(results: Sequence[Arms]) -> "Figure":
    figure, ((test, training),) = new_figure(1, 2, width=4.6)
    cycle = results[0][CYCLE].curves
    test.plot(cycle["rates"], cycle["losses"], **line(0))
    test.set_xscale("log")
    reference(test, x=PEAK)
    dress(test, x="learning rate", y="smoothed training loss", title="range test")
    for index, name in enumerate((CONSTANT, CYCLE)):
        values = mean_curve(results, name, "val_accuracy")
        training.plot(range(1, len(values) + 1), values, label=name, **line(index))
    dress(training, x="epoch", y="validation accuracy", title="training")
    training.legend(frameon=False)
    return figure


EXPERIMENT = Experiment(
    name="one-cycle",
    title="The range test, then 1cycle",
    claim="The rate is raised until the loss explodes; 1cycle then peaks below that, at 0.05.",
    source="[004]",
    measure="validation accuracy",
    run=run,
    draw=draw,
    revision=2,
)
