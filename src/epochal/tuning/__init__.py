"""Choosing what a fit is given, before it is run."""

from epochal.tuning.learning_rate import LearningRateCurve, find_learning_rate
from epochal.tuning.rate_comparison import RateComparison, compare_learning_rates

__all__ = ["LearningRateCurve", "RateComparison", "compare_learning_rates", "find_learning_rate"]
