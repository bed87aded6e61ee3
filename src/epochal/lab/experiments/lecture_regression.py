"""The lecture's tables with values, each with the head and loss of its kind."""

from collections.abc import Iterator

from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.tabular import score, table

HIGHEST = 50.0  # the median values of Boston are capped there, in 1000 dollars


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    boston = table("boston", scale)
    yield "Boston: no activation, thousand dollars", score(boston, "medv", "RMSE", scale, seed)
    share = boston.assign(medv=boston["medv"] / HIGHEST)
    yield (
        "Boston: sigmoid, share of 50",
        score(share, "medv", "RMSE", scale, seed, task="unit_interval"),
    )
    imdb = table("imdb", scale)
    yield (
        "IMDB: rating from 1 to 10",
        score(imdb, "rating", "RMSE", scale, seed, drop=["label"], task="regression"),
    )


EXPERIMENT = Experiment(
    name="lecture-values",
    title="The lecture's table: values",
    claim="No activation and MSE for any value, a sigmoid for values in 0..1.",
    source="[001]",
    measure="RMSE on the test part, in the unit of the target",
    percent=False,
    run=run,
    draw=figures.means("RMSE"),
    why="Run while the default network of tables still had a dropout of 0.2.",
)
