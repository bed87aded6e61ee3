"""Classification on the tables of the lecture, each with the output layer and loss of its task."""

from collections.abc import Iterator

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.sources import SLIDES, Citation
from epochal.lab.table_training import table, train_and_score


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the test accuracy of each task: binary, multiclass, multilabel."""
    titanic = table("titanic", scale)
    yield (
        "Titanic: survived",
        train_and_score(titanic, "survived", "accuracy", scale=scale, seed=seed),
    )
    wine = table("wine", scale)
    yield (
        "Wine: three classes",
        train_and_score(wine, "cultivar", "accuracy", scale=scale, seed=seed),
    )
    labels = ["survived", "alone"]
    yield (
        "Titanic: two labels",
        train_and_score(titanic, labels, "accuracy", scale=scale, seed=seed, task="multilabel"),
    )
    imdb = table("imdb", scale)
    yield (
        "IMDB: positive review",
        train_and_score(imdb, "label", "accuracy", scale=scale, seed=seed, drop=["rating"]),
    )


EXPERIMENT = Experiment(
    name="lecture-classification",
    title="Output layer and loss: classification",
    claim="Binary and multilabel targets take a sigmoid with binary cross-entropy, one of several "
    "classes a softmax with categorical cross-entropy.",
    sources=(Citation(SLIDES, "Model Selection"),),
    measure="test accuracy",
    run=run,
    draw=charts.means("test accuracy"),
    discussion="These results are of an earlier default network for tables, with a dropout rate "
    "of 0.2.",
)
