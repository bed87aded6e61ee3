"""The lecture's tables with classes and labels, each with the head and loss of its kind."""

from collections.abc import Iterator

from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.tabular import score, table


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    titanic = table("titanic", scale)
    yield "Titanic: survived or not", score(titanic, "survived", "accuracy", scale, seed)
    wine = table("wine", scale)
    yield "Wine: one of three", score(wine, "cultivar", "accuracy", scale, seed)
    labels = ["survived", "alone"]
    yield "Titanic: two labels", score(titanic, labels, "accuracy", scale, seed, task="multilabel")
    imdb = table("imdb", scale)
    yield "IMDB: good or bad", score(imdb, "label", "accuracy", scale, seed, drop=["rating"])


EXPERIMENT = Experiment(
    name="lecture-classes",
    title="The lecture's table: classes and labels",
    claim="Sigmoid with binary, softmax with categorical cross-entropy, sigmoids for labels.",
    source="[001]",
    measure="test accuracy",
    run=run,
    draw=figures.means("test accuracy"),
    why="Run while the default network of tables still had a dropout of 0.2.",
)
