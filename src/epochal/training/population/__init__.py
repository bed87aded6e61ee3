"""Many fits of one architecture, side by side: their seeds, rows and settings, and the queue."""

from epochal.training.population.by_folds import FoldPlan, train_by_folds
from epochal.training.population.population import Member, Population
from epochal.training.population.train import train_population

__all__ = ["FoldPlan", "Member", "Population", "train_by_folds", "train_population"]
