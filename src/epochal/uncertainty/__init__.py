"""How sure a model is: its stochastic copy, and what many samples of its predictions say."""

from epochal.uncertainty.predict_monte_carlo import predict_monte_carlo
from epochal.uncertainty.prediction import MonteCarloPrediction
from epochal.uncertainty.stochastic_model import monte_carlo

__all__ = ["MonteCarloPrediction", "monte_carlo", "predict_monte_carlo"]
