"""The CIFAR-10 exercise as it begins: raw pixels, ELU, Nadam."""

from collections.abc import Iterator

from epochal.lab import figures
from epochal.lab.cifar10 import HIDDEN, NAME, train_until_worse
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import raw
from epochal.lab.training import best, dense_network

ARM = "ELU, He"
QUOTED = {ARM: 0.47}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    model = dense_network(HIDDEN, activation="elu")
    yield ARM, best(train_until_worse(model, raw(NAME, scale), 5e-5, scale, seed))


EXPERIMENT = Experiment(
    name="cifar10-plain",
    title="CIFAR-10: twenty layers of 100",
    claim="About 47% in 39 epochs, on raw pixels with Nadam at 5e-5.",
    source="[004]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_accuracy", "validation accuracy", QUOTED),
    quoted=QUOTED,
)
