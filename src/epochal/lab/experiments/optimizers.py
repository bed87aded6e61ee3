"""Every optimiser that the documents name, with the rates that they give."""

from collections.abc import Callable, Iterator

import keras
from keras.optimizers import SGD, Adagrad, Adam, Adamax, Nadam, Optimizer, RMSprop

from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import standardized
from epochal.lab.training import last, selu_network, train

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


def network() -> keras.Sequential:
    """The network of the documents' optimisers and schedules."""
    return selu_network()


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = standardized("fashion-mnist", scale)
    for name, optimizer in OPTIMIZERS.items():
        yield name, last(train(network(), images, optimizer(), epochs=scale.epochs(10), seed=seed))


EXPERIMENT = Experiment(
    name="optimizers",
    title="Every optimiser",
    claim="Momentum, Nesterov and the adaptive methods are faster than plain SGD. SGD and AdaGrad "
    "at 0.01, the others at 0.001.",
    source="[001] [004]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_accuracy", "validation accuracy"),
    revision=2,
)
