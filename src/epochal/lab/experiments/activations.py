"""The activation functions drawn, and where they saturate."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np

from epochal.lab.experiment import Arms, Experiment, Result, Scale
from epochal.plots import activations

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMES = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu")
INPUTS = np.linspace(-5, 5, 2001, dtype=np.float32)
SATURATED = 0.05  # a derivative below this share of the largest


def saturated_share(name: str) -> float:
    """Share of [-5, 5] in which the activation hardly answers to its input."""
    outputs = np.asarray(keras.activations.get(name)(INPUTS), dtype=np.float64)
    slopes = np.abs(np.gradient(outputs, INPUTS.astype(np.float64)))
    return float(np.mean(slopes < SATURATED * slopes.max()))


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    for name in NAMES:
        yield name, Result(value=saturated_share(name))


def draw(results: Sequence[Arms]) -> "Figure":
    return activations(NAMES)


EXPERIMENT = Experiment(
    name="activations",
    title="Activation functions and their saturation",
    claim="The sigmoid saturates on both sides; ReLU is flat on one, an ELU further out, a leak "
    "nowhere.",
    source="[004]",
    measure="share of [-5, 5] with a slope below 5% of the steepest",
    run=run,
    draw=draw,
    seeds=(0,),
)
