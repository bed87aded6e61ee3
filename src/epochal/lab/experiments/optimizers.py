"""Every optimiser that the sources name, with the learning rates that they give."""

from collections.abc import Callable, Iterator

from keras.optimizers import SGD, Adagrad, Adam, Adamax, Nadam, Optimizer, RMSprop

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import final_result, selu_network, train
from epochal.lab.images import standardized_images
from epochal.lab.sources import GERON, SLIDES, Citation

OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {
    "SGD": lambda: SGD(0.01),
    "momentum": lambda: SGD(0.001, momentum=0.9),
    "Nesterov": lambda: SGD(0.001, momentum=0.9, nesterov=True),
    "AdaGrad": lambda: Adagrad(0.01),
    "RMSProp": lambda: RMSprop(0.001, rho=0.9),
    "Adam": lambda: Adam(0.001, beta_1=0.9, beta_2=0.999),
    "Adamax": lambda: Adamax(0.001, beta_1=0.9, beta_2=0.999),
    "Nadam": lambda: Nadam(0.001, beta_1=0.9, beta_2=0.999),
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy with each optimiser."""
    images = standardized_images("fashion-mnist", scale)
    for name, optimizer in OPTIMIZERS.items():
        yield (
            name,
            final_result(
                train(selu_network(), images, optimizer(), epochs=scale.epochs(10), seed=seed)
            ),
        )


EXPERIMENT = Experiment(
    name="optimizers",
    title="Optimisers",
    claim="Momentum, Nesterov and the adaptive methods converge faster than plain SGD. Learning "
    "rates: 0.01 for SGD and AdaGrad, 0.001 for the others.",
    sources=(
        Citation(GERON, "Faster Optimizers"),
        Citation(SLIDES, "Optimizer"),
    ),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_accuracy", "validation accuracy"),
    revision=2,
)
