"""The network of each guideline."""

from collections.abc import Iterator

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import final_result
from epochal.lab.images import standardized_images
from epochal.lab.sources import PARK, STUDY_GROUP, Citation
from epochal.models import ALL_GUIDELINES, network
from epochal.schedules import OneCycle
from epochal.training import fit

PEAK_LEARNING_RATE = 3e-3
OF_THE_DOCUMENTS = [name for name in ALL_GUIDELINES if name != "tabular"]


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy of the network of each guideline."""
    images = standardized_images("fashion-mnist", scale)
    for name in OF_THE_DOCUMENTS:
        model = network(
            "multiclass", (28, 28), guideline=name, hidden=(300, 100), classes=10, seed=seed
        )
        yield (
            name,
            final_result(
                fit(
                    model,
                    images.x_train,
                    images.y_train,
                    epochs=scale.epochs(15),
                    batch_size=128,
                    validation_data=images.validation,
                    schedule=OneCycle(PEAK_LEARNING_RATE),
                    seed=seed,
                    verbose=0,
                )
            ),
        )


EXPERIMENT = Experiment(
    name="guidelines",
    title="Practical guidelines",
    claim="A default configuration, one for self-normalising networks, and exceptions for sparse, "
    "low-latency and risk-sensitive models.",
    sources=(
        Citation(STUDY_GROUP, "11.5 Summary and Practical Guidelines"),
        Citation(PARK, "Summary"),
    ),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_accuracy", "validation accuracy"),
)
