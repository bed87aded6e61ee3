"""The constants of SELU, and the activations of a thousand layers."""

from collections.abc import Iterator, Sequence
from math import e, erfc, pi, sqrt
from typing import TYPE_CHECKING

import numpy as np

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale, Variants
from epochal.lab.sources import GERON, Citation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LAYERS = 1000
EVERY = 100
MEAN, STD = "mean after 1,000 layers", "standard deviation after 1,000 layers"


def constants() -> tuple[float, float]:
    """Alpha and scale that preserve mean 0 and variance 1.

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
    """Mean and standard deviation of 500 standard normal rows after each layer of 100 units."""
    alpha, scale = constants()
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(500, 100))
    means, stds = [], []
    for _ in range(layers):
        values = values @ generator.normal(scale=sqrt(1 / 100), size=(100, 100))
        values = scale * np.where(values < 0, alpha * np.expm1(np.minimum(values, 0)), values)
        means.append(float(values.mean(axis=0).mean()))
        stds.append(float(values.std(axis=0).mean()))
    return means, stds


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the constants, and mean and standard deviation after the last layer."""
    alpha, factor = constants()
    yield "alpha", Result(value=alpha)
    yield "scale", Result(value=factor)
    yield "left asymptote", Result(value=-alpha * factor)
    means, stds = moments(LAYERS, seed)
    depths = list(range(EVERY, LAYERS + 1, EVERY))
    for name, values in ((MEAN, means), (STD, stds)):
        yield name, Result(value=values[-1], curves={"x": depths, "y": values[EVERY - 1 :: EVERY]})


def draw(results: Sequence[Variants]) -> "Figure":
    """Draw mean and standard deviation by layer."""
    return charts.lines(
        {
            "mean": charts.mean_curve(results, MEAN, "y"),
            "standard deviation": charts.mean_curve(results, STD, "y"),
        },
        x=results[0][MEAN].curves["x"],
        x_label="layer",
        y_label="activations (over rows)",
    )


EXPERIMENT = Experiment(
    name="selu-constants",
    title="SELU: its constants, and a thousand layers",
    claim="SELU preserves a mean near 0 and a standard deviation near 1 through 1,000 layers.",
    sources=(Citation(GERON, "Nonsaturating Activation Functions"),),
    measure="the constants, and moments of the activations",
    percent=False,
    run=run,
    draw=draw,
    quoted={"left asymptote": -1.758, MEAN: 0.0, STD: 1.0},
    discussion='The source gives no figures but "close to 0" and "close to 1".',
)
