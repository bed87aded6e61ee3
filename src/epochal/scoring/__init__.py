"""Scores of predictions with confidence intervals, baselines, and their formatting."""

from epochal.scoring.bootstrap import score_all
from epochal.scoring.scores import Comparison, Interval, Score

__all__ = ["Comparison", "Interval", "Score", "score_all"]
