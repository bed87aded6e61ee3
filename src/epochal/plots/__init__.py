"""Plots as matplotlib figures: each function takes plain results and returns its `Figure`."""

from epochal.plots.schedules import schedule

__all__ = ["schedule"]
