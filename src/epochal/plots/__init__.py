"""Plots as matplotlib figures: each function takes plain results and returns its `Figure`."""

from epochal.plots.activations import activations
from epochal.plots.depth import gradient_norms, layer_statistics
from epochal.plots.learning_curves import learning_curves
from epochal.plots.schedules import schedule

__all__ = [
    "activations",
    "gradient_norms",
    "layer_statistics",
    "learning_curves",
    "schedule",
]
