"""The first network of the CIFAR-10 exercise: raw pixels, ELU, Nadam."""

from collections.abc import Iterator

from epochal.lab import charts
from epochal.lab.cifar10_exercise import EXERCISE, HIDDEN, NAME, train_with_early_stopping
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import best_result, dense_network
from epochal.lab.images import raw_images

VARIANT = "ELU, He"
QUOTED = {VARIANT: 0.47}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy of the best epoch."""
    model = dense_network(HIDDEN, activation="elu")
    yield (
        VARIANT,
        best_result(train_with_early_stopping(model, raw_images(NAME, scale), 5e-5, scale, seed)),
    )


EXPERIMENT = Experiment(
    name="cifar10-plain",
    title="CIFAR-10: twenty layers of 100 units",
    claim="About 47% in 39 epochs, on raw pixels with Nadam at 5e-5.",
    sources=(EXERCISE,),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_accuracy", "validation accuracy", QUOTED),
    quoted=QUOTED,
)
