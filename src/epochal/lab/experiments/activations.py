"""Activation functions, and where they saturate."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np

from epochal.lab.experiment import Experiment, Result, Scale, Variants
from epochal.lab.sources import GERON, Citation
from epochal.plots import activations

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMES = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu")
INPUTS = np.linspace(-5, 5, 2001, dtype=np.float32)
SATURATED = 0.05  # a derivative below this fraction of the largest


def saturated_fraction(name: str) -> float:
    """Fraction of [-5, 5] on which the derivative is below 5% of its maximum."""
    outputs = np.asarray(keras.activations.get(name)(INPUTS), dtype=np.float64)
    derivatives = np.abs(np.gradient(outputs, INPUTS.astype(np.float64)))
    return float(np.mean(derivatives < SATURATED * derivatives.max()))


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the saturated fraction of each activation."""
    for name in NAMES:
        yield name, Result(value=saturated_fraction(name))


def draw(results: Sequence[Variants]) -> "Figure":
    """Draw each activation and its derivative."""
    return activations(NAMES)


EXPERIMENT = Experiment(
    name="activations",
    title="Activation functions and their saturation",
    claim="The sigmoid saturates on both sides, ReLU and ELU on one; leaky ReLU saturates nowhere.",
    sources=(Citation(GERON, "Nonsaturating Activation Functions"),),
    measure="fraction of [-5, 5] on which the derivative is below 5% of its maximum",
    run=run,
    draw=draw,
    seeds=(0,),
)
