"""Probabilities made to be what they say, and variances as large as the errors: on arrays."""

from epochal.calibration.maps import (
    ALL_METHODS,
    Beta,
    Isotonic,
    Temperature,
    VectorScaling,
    variance_factor,
)
from epochal.calibration.rows import check_not_trained_on

__all__ = [
    "ALL_METHODS",
    "Beta",
    "Isotonic",
    "Temperature",
    "VectorScaling",
    "check_not_trained_on",
    "variance_factor",
]
