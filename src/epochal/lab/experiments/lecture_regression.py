"""Regression on the tables of the lecture, each with the output layer and loss of its task."""

from collections.abc import Iterator

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.sources import SLIDES, Citation
from epochal.lab.table_training import table, train_and_score

CAP = 50.0  # of the median house values of Boston, in 1,000 dollars


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the test RMSE of Boston without and with a sigmoid, and of the IMDB ratings."""
    boston = table("boston", scale)
    yield (
        "Boston: no activation, 1,000 dollars",
        train_and_score(boston, "medv", "RMSE", scale=scale, seed=seed),
    )
    scaled = boston.assign(medv=boston["medv"] / CAP)
    yield (
        "Boston: sigmoid, divided by 50",
        train_and_score(scaled, "medv", "RMSE", scale=scale, seed=seed, task="unit_interval"),
    )
    imdb = table("imdb", scale)
    yield (
        "IMDB: rating from 1 to 10",
        train_and_score(
            imdb, "rating", "RMSE", scale=scale, seed=seed, drop=["label"], task="regression"
        ),
    )


EXPERIMENT = Experiment(
    name="lecture-regression",
    title="Output layer and loss: regression",
    claim="Arbitrary values take no activation and the mean squared error, values in [0, 1] a "
    "sigmoid.",
    sources=(Citation(SLIDES, "Model Selection"),),
    measure="test RMSE, in the unit of the target",
    percent=False,
    run=run,
    draw=charts.means("test RMSE"),
    discussion="These results are of an earlier default network for tables, with a dropout rate "
    "of 0.2.",
)
