"""The probability from which on a row is said to be positive, chosen for costs or a wanted score.

It must be chosen on rows that the model was not trained on: on its own rows every threshold looks
better than it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from epochal.scoring.json_numbers import none_to_nan
from epochal.translation import translate

DEFAULT_THRESHOLD = 0.5
"""The more probable class."""


@dataclass(frozen=True, kw_only=True)
class ThresholdRule:
    """What a threshold is chosen for: one of these.

    Parameters
    ----------
    cost : tuple of float, optional
        Of a false positive and of a false negative: the mean cost shall be smallest.
    min_precision : float, optional
        The precision that must be reached; then the recall shall be highest.
    min_recall : float, optional
        The recall that must be reached; then the precision shall be highest.
    """

    cost: tuple[float, float] | None = None
    min_precision: float | None = None
    min_recall: float | None = None

    def __str__(self) -> str:
        if self.cost is not None:
            return translate(
                "the lowest cost (fp={fp:g}, fn={fn:g})", fp=self.cost[0], fn=self.cost[1]
            )
        if self.min_precision is not None:
            return translate("a precision of at least {least:g}", least=self.min_precision)
        return translate("a recall of at least {least:g}", least=self.min_recall)


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A chosen threshold, and what it gives on the rows that it was chosen on.

    Attributes
    ----------
    value : float
        A row is said to be positive from this probability on.
    rule : str
        What it was chosen for.
    reached : bool
        Whether some threshold reaches what was wanted; where none does, it is the nearest.
    rows : int
        Rows that it was chosen on.
    precision, recall : float
        On those rows; NaN where nothing is said to be positive, or is.
    """

    value: float
    rule: str
    reached: bool
    rows: int
    precision: float
    recall: float

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read the fields as JSON holds them."""
        numbers = {name: none_to_nan(fields[name]) for name in ("precision", "recall")}
        return cls(**{**fields, **numbers})


@dataclass(frozen=True, kw_only=True, eq=False)
class Decisions:
    """What each possible threshold says, from the one that no row reaches down to that of all.

    Attributes
    ----------
    thresholds : float array of shape (T,)
        Falling, midway between neighbouring probabilities.
    true_positives, false_positives : float array of shape (T,)
        Rows that reach each threshold.
    levels : float array of shape (T - 1,)
        The probabilities, each once, falling.
    positives, rows : int
        All positive rows, and all rows.
    """

    thresholds: NDArray[np.float64]
    levels: NDArray[np.float64]
    true_positives: NDArray[np.float64]
    false_positives: NDArray[np.float64]
    positives: int
    rows: int

    @classmethod
    def of(cls, truth: ArrayLike, probabilities: ArrayLike) -> Self:
        """From the truth, 0 or 1, and the probability of each row."""
        happened = np.asarray(truth, float).ravel()
        levels, level = np.unique(-np.asarray(probabilities, float).ravel(), return_inverse=True)
        levels = -levels
        counts = np.bincount(level)
        hits = np.bincount(level, weights=happened)
        above = (levels[0] + 1) / 2 if levels[0] < 1 else np.nextafter(1.0, 2.0)
        middles = (levels[:-1] + levels[1:]) / 2
        return cls(
            thresholds=np.r_[above, middles, 0.0],
            levels=levels,
            true_positives=np.r_[0.0, np.cumsum(hits)],
            false_positives=np.r_[0.0, np.cumsum(counts - hits)],
            positives=int(happened.sum()),
            rows=len(happened),
        )

    def index_of(self, threshold: float) -> int:
        """Which of the decisions any threshold makes: rows of at least that probability.

        Examples
        --------
        >>> found = Decisions.of([0, 1], [0.6, 0.8])
        >>> [found.index_of(threshold) for threshold in (0.99, 0.8, 0.61, 0.55, 0.0)]
        [0, 1, 1, 2, 2]
        """
        return int((self.levels >= threshold).sum())

    @property
    def precision(self) -> NDArray[np.float64]:
        """NaN where no row reaches the threshold."""
        with np.errstate(invalid="ignore"):
            return self.true_positives / (self.true_positives + self.false_positives)

    @property
    def recall(self) -> NDArray[np.float64]:
        """NaN where no row is positive."""
        with np.errstate(invalid="ignore"):
            return self.true_positives / np.float64(self.positives)

    def cost(self, false_positive: float, false_negative: float) -> NDArray[np.float64]:
        """The mean cost of a row."""
        missed = self.positives - self.true_positives
        return (false_positive * self.false_positives + false_negative * missed) / self.rows


def choose_threshold(truth: ArrayLike, probabilities: ArrayLike, rule: ThresholdRule) -> Threshold:
    """Choose a threshold on rows that the model was not trained on.

    Parameters
    ----------
    truth : array of shape (rows,)
        1 for a positive row, else 0.
    probabilities : float array of shape (rows,)
        Of the positive class.
    rule : ThresholdRule

    Returns
    -------
    Threshold
        0.5 where the rows are all of one class, which tells nothing.

    Examples
    --------
    >>> rule = ThresholdRule(cost=(1, 5))
    >>> choose_threshold([0, 1, 0, 1], [0.1, 0.3, 0.4, 0.9], rule).value
    0.2
    """
    found = Decisions.of(truth, probabilities)
    if found.positives in (0, found.rows):
        at = int(np.flatnonzero(found.thresholds <= DEFAULT_THRESHOLD)[0])
        return _made(found, at, rule, reached=False, value=DEFAULT_THRESHOLD)
    if rule.cost is not None:
        return _made(found, int(found.cost(*rule.cost).argmin()), rule, reached=True)
    precision, recall = np.nan_to_num(found.precision), found.recall
    if rule.min_precision is not None:
        reaching, wanted = precision >= rule.min_precision, recall
        nearest = int(precision.argmax())
    else:
        reaching, wanted = recall >= float(rule.min_recall or 0), precision
        nearest = len(recall) - 1
    if not reaching.any():
        return _made(found, nearest, rule, reached=False)
    return _made(found, int(np.where(reaching, wanted, -1).argmax()), rule, reached=True)


def _made(
    found: Decisions, at: int, rule: ThresholdRule, *, reached: bool, value: float | None = None
) -> Threshold:
    return Threshold(
        value=float(found.thresholds[at]) if value is None else value,
        rule=str(rule),
        reached=reached,
        rows=found.rows,
        precision=float(found.precision[at]),
        recall=float(found.recall[at]),
    )
