"""Plots: each function takes results and returns a matplotlib `Figure`."""

from epochal.plots.activations import activations
from epochal.plots.calibration import pit_histogram, reliability_diagram, sharpness
from epochal.plots.layer_statistics import gradient_norms, layer_statistics
from epochal.plots.learning_curves import learning_curves
from epochal.plots.monte_carlo import monte_carlo
from epochal.plots.prediction_bands import prediction_bands
from epochal.plots.range_test import learning_rate_curve
from epochal.plots.rate_and_loss import rate_and_loss
from epochal.plots.rate_comparison import learning_rate_comparison
from epochal.plots.schedules import schedule

__all__ = [
    "activations",
    "gradient_norms",
    "layer_statistics",
    "learning_curves",
    "learning_rate_comparison",
    "learning_rate_curve",
    "monte_carlo",
    "pit_histogram",
    "prediction_bands",
    "rate_and_loss",
    "reliability_diagram",
    "schedule",
    "sharpness",
]
