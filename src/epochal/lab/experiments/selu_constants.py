"""SELU's alpha and scale, and what they keep over a thousand layers."""

from collections.abc import Iterator, Sequence
from math import e, erfc, pi, sqrt
from typing import TYPE_CHECKING

import numpy as np

from epochal.lab import figures
from epochal.lab.experiment import Arms, Experiment, Result, Scale

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LAYERS = 1000
EVERY = 100
MEAN, DEVIATION = "mean after 1,000 layers", "deviation after 1,000 layers"


def constants() -> tuple[float, float]:
    """Alpha and scale that keep mean 0 and variance 1.

    Klambauer et al., Self-Normalizing Neural Networks, 2017, equation 14.
    """
    tail = erfc(1 / sqrt(2))
    alpha = -sqrt(2 / pi) / (tail * sqrt(e) - 1)
    scale = (1 - tail * sqrt(e)) * sqrt(2 * pi)
    scale /= sqrt(
        2 * erfc(sqrt(2)) * e**2 + pi * tail**2 * e - 2 * (2 + pi) * tail * sqrt(e) + pi + 2
    )
    return alpha, scale


def moments(layers: int, seed: int) -> tuple[list[float], list[float]]:
    """Mean and deviation of 500 standard normal rows after each layer of 100 SELU units."""
    alpha, scale = constants()
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(500, 100))
    means, deviations = [], []
    for _ in range(layers):
        values = values @ generator.normal(scale=sqrt(1 / 100), size=(100, 100))
        values = scale * np.where(values < 0, alpha * np.expm1(np.minimum(values, 0)), values)
        means.append(float(values.mean(axis=0).mean()))
        deviations.append(float(values.std(axis=0).mean()))
    return means, deviations


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    alpha, factor = constants()
    yield "alpha", Result(value=alpha)
    yield "scale", Result(value=factor)
    yield "limit on the left", Result(value=-alpha * factor)
    means, deviations = moments(LAYERS, seed)
    depths = list(range(EVERY, LAYERS + 1, EVERY))
    for name, values in ((MEAN, means), (DEVIATION, deviations)):
        yield name, Result(value=values[-1], curves={"x": depths, "y": values[EVERY - 1 :: EVERY]})


def draw(results: Sequence[Arms]) -> "Figure":
    return figures.lines(
        {name: figures.mean_curve(results, name, "y") for name in (MEAN, DEVIATION)},
        x=results[0][MEAN].curves["x"],
        x_label="layer",
        y_label="over rows, averaged over units",
    )


EXPERIMENT = Experiment(
    name="selu-constants",
    title="SELU's constants, and a thousand layers",
    claim="SELU keeps a mean near 0 and a deviation near 1 through 1,000 layers.",
    source="[004]",
    measure="value",
    percent=False,
    run=run,
    draw=draw,
    quoted={"limit on the left": -1.758, MEAN: 0.0, DEVIATION: 1.0},
    why="Near 0 and near 1 are the documents' words, not figures.",
)
