"""Every learning-rate schedule of the sources on one network, and the rates of each."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import keras
from keras.callbacks import LearningRateScheduler, ReduceLROnPlateau
from keras.optimizers import SGD, Nadam

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale, Variants
from epochal.lab.image_training import final_result, selu_network, train
from epochal.lab.images import standardized_images
from epochal.lab.sources import GERON, SLIDES, Citation
from epochal.schedules import ExponentialDecay, OneCycle, PiecewiseConstantDecay, PowerDecay

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EPOCHS = 25
BATCH_SIZE = 32
Setting = tuple[keras.optimizers.Optimizer, dict[str, Any]]


def _piecewise(epoch: int) -> float:
    return 0.01 if epoch < 5 else 0.005 if epoch < 15 else 0.001


# From the steps per epoch to an optimiser and further arguments of the fit.
SETTINGS: dict[str, Callable[[int], Setting]] = {
    "constant": lambda steps: (SGD(0.01), {}),
    "power": lambda steps: (SGD(PowerDecay(0.01, 10_000)), {}),
    "exponential, per epoch": lambda steps: (
        Nadam(0.01),
        {"callbacks": [LearningRateScheduler(lambda epoch: 0.01 * 0.1 ** (epoch / 20))]},
    ),
    "exponential, from the current rate": lambda steps: (
        Nadam(0.01),
        {"callbacks": [LearningRateScheduler(lambda epoch, rate: rate * 0.1 ** (1 / 20))]},
    ),
    "exponential, per step": lambda steps: (SGD(ExponentialDecay(0.01, 20 * steps, 0.1)), {}),
    "piecewise constant, per epoch": lambda steps: (
        Nadam(0.01),
        {"callbacks": [LearningRateScheduler(_piecewise)]},
    ),
    "piecewise constant, per step": lambda steps: (
        SGD(PiecewiseConstantDecay([5 * steps, 15 * steps], [0.01, 0.005, 0.001])),
        {},
    ),
    "reduced on plateau": lambda steps: (
        SGD(0.02, momentum=0.9),
        {"callbacks": [ReduceLROnPlateau(factor=0.5, patience=5)]},
    ),
    "1cycle": lambda steps: (SGD(0.01), {"schedule": OneCycle(0.05)}),
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy with each schedule, and its learning rates."""
    images = standardized_images("fashion-mnist", scale)
    steps = -(-len(images.x_train) // BATCH_SIZE)
    for name, setting in SETTINGS.items():
        optimizer, settings = setting(steps)
        trained = train(
            selu_network(),
            images,
            optimizer,
            epochs=scale.epochs(EPOCHS),
            seed=seed,
            **settings,
        )
        result = final_result(trained)
        rates = [float(rate) for rate in trained.learning_rates[:: max(1, steps // 8)]]
        yield name, result.with_curve("rate", rates)


def draw(results: Sequence[Variants]) -> "Figure":
    """Draw the learning rates of each schedule."""
    return charts.small_multiples(
        {name: result.curves["rate"] for name, result in results[0].items()},
        x_label="epoch",
        y_label="learning rate",
        x_last=EPOCHS,
    )


EXPERIMENT = Experiment(
    name="schedules",
    title="Learning-rate schedules",
    claim="A learning rate that decays reaches a better optimum than a constant one.",
    sources=(
        Citation(GERON, "Learning Rate Scheduling"),
        Citation(SLIDES, "ReduceLROnPlateau"),
    ),
    measure="validation accuracy",
    run=run,
    draw=draw,
    discussion="Not all of them do with these settings: 0.01 is a high first learning rate for "
    "Nadam. Those that start with a high rate gain most: SGD with momentum until a plateau, and "
    "1cycle. All train with batches of 32; `one-cycle` repeats 1cycle with the notebook's 128.",
)
