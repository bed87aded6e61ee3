"""The documents' guidelines, each as the network that it describes."""

from collections.abc import Iterator

from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import standardized
from epochal.lab.training import last
from epochal.models import ALL_GUIDELINES, network
from epochal.schedules import OneCycle
from epochal.training import fit

PEAK = 3e-3


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = standardized("fashion-mnist", scale)
    for name in ALL_GUIDELINES:
        model = network(
            "multiclass", (28, 28), guideline=name, hidden=(300, 100), classes=10, seed=seed
        )
        yield (
            name,
            last(
                fit(
                    model,
                    images.x_train,
                    images.y_train,
                    epochs=scale.epochs(15),
                    batch_size=128,
                    validation_data=images.validation,
                    schedule=OneCycle(PEAK),
                    seed=seed,
                    verbose=0,
                )
            ),
        )


EXPERIMENT = Experiment(
    name="guidelines",
    title="The guidelines and their exceptions",
    claim="A default network, a self-normalising one, and what to do for sparse, fast or careful "
    "models.",
    source="[000] [003]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_accuracy", "validation accuracy"),
)
