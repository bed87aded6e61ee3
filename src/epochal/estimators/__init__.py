"""Deep networks as scikit-learn estimators."""

from epochal.estimators.classifier import DNNClassifier
from epochal.estimators.regressor import DNNRegressor

__all__ = ["DNNClassifier", "DNNRegressor"]
