"""Choosing what a fit is given, before it is run."""

from epochal.tuning.learning_rate import LearningRateCurve, find_learning_rate

__all__ = ["LearningRateCurve", "find_learning_rate"]
