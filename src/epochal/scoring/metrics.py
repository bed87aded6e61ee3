"""Scores with a weight per row, for many sets of weights at once, which makes a bootstrap fast.

Each function takes truth, prediction and weights of shape (draws, rows), which say how often each
bootstrap sample contains each row, and returns one score per sample, of shape (draws,); NaN where
a sample does not determine it (such as the area under the curve of a single class). With a single
set of ones, each is the score that scikit-learn computes under its name.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epochal.translation import translate

Floats = NDArray[np.float64]
MetricFunction = Callable[[NDArray, Floats, Floats], Floats]

SMALLEST_PROBABILITY = float(np.finfo(np.float32).eps)
"""Predictions are float32: a probability of 0 means one below this, whose logarithm is finite."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A score by name, and how to read it.

    Attributes
    ----------
    name : str
    higher_is_better : bool
    percent : bool
        True where 0.82 reads as 82%.
    function : callable
        From (truth, prediction, weights) to one score per bootstrap sample.
    needs_class : bool
        True where it is a score of predicted classes, not of probabilities.
    of_positive : bool
        True where, of two classes, it is a score of the positive one.
    of : str or None
        What it is a score of: the positive class, or one of several targets.
    """

    name: str
    higher_is_better: bool
    percent: bool
    function: MetricFunction
    needs_class: bool = False
    of_positive: bool = False
    of: str | None = None

    @property
    def label(self) -> str:
        """Its name, and what it is of: "RMSE of price"."""
        return labelled(self.name, self.of)

    @property
    def title(self) -> str:
        """Its label in the current language."""
        return titled(self.name, self.of)

    def used(self, predicted: Floats, threshold: float | None) -> Floats:
        """What it is computed from: a prediction, or whether that reaches a threshold."""
        if self.needs_class and threshold is not None:
            return (predicted >= threshold).astype(float)
        return predicted


def labelled(name: str, of: str | None) -> str:
    """A score's name, and what it is of.

    Examples
    --------
    >>> labelled("F1", "fraud"), labelled("accuracy", None)
    ('F1 of fraud', 'accuracy')
    """
    return name if of is None else f"{name} of {of}"


def titled(name: str, of: str | None) -> str:
    """A score's name, and what it is of, in the current language.

    Examples
    --------
    >>> from epochal.translation import language
    >>> with language("ko"):
    ...     titled("precision", "fraud")
    'fraud의 정밀도'
    """
    shown = translate(name)
    return shown if of is None else translate("{score} of {what}", score=shown, what=of)


def label_title(label: str) -> str:
    """A label that was stored, in the current language.

    No score's own name has " of " in it, so its parts are those that `labelled` put together.

    Examples
    --------
    >>> from epochal.translation import language
    >>> with language("ko"):
    ...     label_title("precision of fraud"), label_title("accuracy")
    ('fraud의 정밀도', '정확도')
    """
    name, divided, of = label.partition(" of ")
    return titled(name, of if divided else None)


def class_accuracy(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Fraction of correctly classified rows; truth (rows,), probabilities (rows, K)."""
    return weighted_mean(probabilities.argmax(axis=1) == truth, weights)


def class_log_loss(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Mean of -log of the true class' probability."""
    return weighted_mean(-np.log(_clipped(probabilities[np.arange(len(truth)), truth])), weights)


def class_auc(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Mean over the classes of the area under the ROC curve of each against the rest."""
    areas = [_area(truth == index, column, weights) for index, column in enumerate(probabilities.T)]
    return _mean_of_known(areas)


def class_recall(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Mean over the classes of the fraction of their rows that are found."""
    chosen = probabilities.argmax(axis=1)
    classes = range(probabilities.shape[1])
    return _mean_of_known([_recall(truth == index, chosen == index, weights) for index in classes])


def class_f1(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Mean F1 over the classes that a sample contains, in truth or prediction."""
    chosen = probabilities.argmax(axis=1)
    classes = range(probabilities.shape[1])
    return _mean_of_known([_f1(truth == index, chosen == index, weights) for index in classes])


def label_accuracy(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Fraction of correct labels, over all L labels; truth and probabilities (rows, L)."""
    return weighted_mean(((probabilities >= 0.5) == (truth == 1)).mean(axis=1), weights)


def label_log_loss(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Mean binary cross-entropy over rows and labels."""
    likelihood = _clipped(np.where(truth == 1, probabilities, 1 - probabilities))
    return weighted_mean(-np.log(likelihood).mean(axis=1), weights)


def label_auc(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Mean over the labels of the area under the ROC curve."""
    columns = zip(truth.T, probabilities.T, strict=True)
    return _mean_of_known([_area(yes == 1, column, weights) for yes, column in columns])


def label_average_precision(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Mean over the labels of the precision at each threshold, weighted by the gain in recall."""
    columns = zip(truth.T, probabilities.T, strict=True)
    return _mean_of_known([_average_precision(yes == 1, p, weights) for yes, p in columns])


def two_class_recall(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Mean of the recall of two classes; truth and probabilities of the positive one (rows, 1)."""
    true, said = truth[:, 0] == 1, probabilities[:, 0] >= 0.5
    return _mean_of_known([_recall(true, said, weights), _recall(~true, ~said, weights)])


def positive_precision(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Of the rows that are said to be positive, the fraction that are; both arrays (rows, 1)."""
    return _recall(probabilities[:, 0] >= 0.5, truth[:, 0] == 1, weights)


def positive_recall(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Of the positive rows, the fraction that are said to be; both arrays (rows, 1)."""
    return _recall(truth[:, 0] == 1, probabilities[:, 0] >= 0.5, weights)


def positive_cost(
    truth: NDArray, probabilities: Floats, weights: Floats, costs: tuple[float, float]
) -> Floats:
    """Mean cost of a row, from those of a false positive and a false negative; (rows, 1)."""
    true, said = truth[:, 0] == 1, probabilities[:, 0] >= 0.5
    return weighted_mean(costs[0] * (said & ~true) + costs[1] * (true & ~said), weights)


def label_f1(truth: NDArray, probabilities: Floats, weights: Floats) -> Floats:
    """Mean over the labels of the F1 of the positive class."""
    columns = zip(truth.T, probabilities.T, strict=True)
    return _mean_of_known([_f1(yes == 1, column >= 0.5, weights) for yes, column in columns])


def rmse(truth: NDArray, predicted: Floats, weights: Floats) -> Floats:
    """Root mean squared error of one target; both arrays (rows, 1)."""
    return np.sqrt(weighted_mean((truth[:, 0] - predicted[:, 0]) ** 2, weights))


def mae(truth: NDArray, predicted: Floats, weights: Floats) -> Floats:
    """Mean absolute error of one target; both arrays (rows, 1)."""
    return weighted_mean(np.abs(truth[:, 0] - predicted[:, 0]), weights)


def r2(truth: NDArray, predicted: Floats, weights: Floats) -> Floats:
    """Fraction of explained variance, the mean over the T targets; both arrays (rows, T)."""
    parts = []
    for true, guess in zip(truth.T, predicted.T, strict=True):
        # The variance about a nearby centre: E[y^2] - E[y]^2 would lose all digits of large values.
        centred = true - true.mean()
        variance = weighted_mean(centred**2, weights) - weighted_mean(centred, weights) ** 2
        unexplained = weighted_mean((true - guess) ** 2, weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            parts.append(np.where(variance > 0, 1 - unexplained / variance, np.nan))
    return _mean_of_known(parts)


def _clipped(probabilities: Floats) -> Floats:
    return np.clip(probabilities, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)


def weighted_mean(values: NDArray, weights: Floats) -> Floats:
    """The mean of values of rows (rows,), for each set of weights (draws, rows)."""
    # Not `@`, whose last digit hangs on how many sets there are.
    means: np.ndarray = np.einsum("dr,r->d", weights, values) / weights.sum(axis=1)
    return means


def _mean_of_known(parts: list[Floats]) -> Floats:
    """The mean over the parts that are finite, sample by sample."""
    stacked = np.array(parts)
    known = np.isfinite(stacked)
    with np.errstate(invalid="ignore"):
        means: np.ndarray = np.where(known, stacked, 0).sum(axis=0) / known.sum(axis=0)
        return means


def _recall(true: NDArray[np.bool_], found: NDArray[np.bool_], weights: Floats) -> Floats:
    """TP / (TP + FN); NaN where nothing is true."""
    with np.errstate(invalid="ignore"):
        scores: np.ndarray = (weights @ (true & found)) / (weights @ true.astype(float))
        return scores


def _f1(true: NDArray[np.bool_], predicted: NDArray[np.bool_], weights: Floats) -> Floats:
    """2 TP / (2 TP + FP + FN); NaN where nothing is true or predicted."""
    both = weights @ (true & predicted)
    either = weights @ true.astype(float) + weights @ predicted.astype(float)
    with np.errstate(invalid="ignore"):
        scores: np.ndarray = 2 * both / either
        return scores


def _area(positive: NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """Area under the ROC curve: the probability that a positive row outranks a negative one."""
    ups, downs = _ranked(positive, scores, weights)
    below = np.cumsum(downs, axis=1) - downs
    pairs = ups.sum(axis=1) * downs.sum(axis=1)
    with np.errstate(invalid="ignore"):
        areas: np.ndarray = (ups * (below + downs / 2)).sum(axis=1) / pairs
        return areas


def _average_precision(positive: NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """Mean over the positive rows of the precision among the rows ranked no lower."""
    ups, downs = (part[:, ::-1] for part in _ranked(positive, scores, weights))
    found = np.cumsum(ups, axis=1)
    ranked = np.maximum(found + np.cumsum(downs, axis=1), 1)
    with np.errstate(invalid="ignore"):
        means: np.ndarray = (ups * found / ranked).sum(axis=1) / found[:, -1]
        return means


def _ranked(positive: NDArray[np.bool_], scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """How many positive and negative rows have each score, from the lowest up: (draws, scores)."""
    order = np.argsort(scores, kind="stable")
    scores, positive, weights = scores[order], positive[order], weights[:, order]
    ties = np.flatnonzero(np.r_[True, scores[1:] != scores[:-1]])
    ups: np.ndarray = np.add.reduceat(weights * positive, ties, axis=1)
    downs: np.ndarray = np.add.reduceat(weights * ~positive, ties, axis=1)
    return ups, downs
