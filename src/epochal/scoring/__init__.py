"""Scores of predictions with their intervals, the baselines beside them, and how both are read."""

from epochal.scoring.bootstrap import score_all
from epochal.scoring.scores import Comparison, Interval, Score

__all__ = ["Comparison", "Interval", "Score", "score_all"]
