"""How sure a model is: its stochastic copy, and what draws of its predictions say."""

from epochal.uncertainty.calibrate import Calibrator, calibrate
from epochal.uncertainty.predict import predict
from epochal.uncertainty.predict_monte_carlo import predict_monte_carlo
from epochal.uncertainty.prediction import Prediction
from epochal.uncertainty.stochastic_model import monte_carlo

__all__ = [
    "Calibrator",
    "Prediction",
    "calibrate",
    "monte_carlo",
    "predict",
    "predict_monte_carlo",
]
