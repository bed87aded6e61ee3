"""Scores of what probabilities say, with a weight per row, as `epochal.scoring.metrics` has others.

How they are defined: `epochal.scoring.brier` and `epochal.scoring.calibration_error`, of which the
debiased form is taken: the plain one is well above 0 for calibrated probabilities of few rows, and
larger still in a bootstrap sample, so that its interval would not hold it.
"""

import numpy as np
from numpy.typing import NDArray

from epochal.scoring.calibration_error import debiased_calibration_errors
from epochal.scoring.metrics import Floats, weighted_mean


def class_brier(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Mean over the rows of the squared distances, summed over the classes; from 0 to 2."""
    one_hot = np.eye(probabilities.shape[1])[truth]
    return weighted_mean(((probabilities - one_hot) ** 2).sum(axis=1), weights)


def label_brier(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Mean squared distance over rows and labels; from 0 to 1."""
    return weighted_mean(((probabilities - truth) ** 2).mean(axis=1), weights)


def class_calibration_error(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """The debiased calibration error of the probability of the most probable class."""
    right = (probabilities.argmax(axis=1) == truth).astype(float)
    return debiased_calibration_errors(right, probabilities.max(axis=1), weights)


def label_calibration_error(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Mean over the labels of the debiased calibration error of the probability of each."""
    columns = zip(truth.T.astype(float), probabilities.T, strict=True)
    errors = [debiased_calibration_errors(yes, column, weights) for yes, column in columns]
    return np.asarray(np.mean(errors, axis=0))
