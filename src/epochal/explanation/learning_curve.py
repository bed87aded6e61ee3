"""Would more rows help: the score of models that were trained on growing parts of the rows.

References
----------
C. Cortes, L. D. Jackel, S. A. Solla, V. Vapnik and J. S. Denker, "Learning curves: asymptotic
values and rate of convergence", NIPS 6, 1993; T. Viering and M. Loog, "The shape of learning
curves: a review", IEEE TPAMI 45, 2023, on why a curve is not extrapolated here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from epochal.data.relations import Relations, majority_class
from epochal.scoring.bootstrap import NETWORK, score_all
from epochal.scoring.formatting import interval_text, score_text
from epochal.scoring.metrics import Metric, label_title
from epochal.scoring.scores import Interval
from epochal.translation import translatable, translate

FRACTIONS = (0.125, 0.25, 0.5)
"""Of the training rows, beside all of them."""


@dataclass(frozen=True, kw_only=True)
class LearningCurve:
    """Scores over the number of training rows.

    Parameters
    ----------
    score : str
        The score's label.
    percent, higher_is_better : bool
        As `epochal.scoring.Score` has them.
    rows : tuple of int
        Rising; the last are all training rows.
    scores : tuple of Interval
        Of a model trained on so many rows, on the same test rows.
    gain : Interval
        How much better all rows are than the part before them, paired by test row; above 0 is
        better, whichever way the score is.
    """

    score: str
    percent: bool
    higher_is_better: bool
    rows: tuple[int, ...]
    scores: tuple[Interval, ...]
    gain: Interval

    @property
    def sentence(self) -> str:
        """Whether more rows would help, as far as the test rows can tell, in words.

        They are in the current language.

        Examples
        --------
        >>> part, all_rows = (Interval(value=v, low=v - 0.1, high=v + 0.1) for v in (0.7, 0.8))
        >>> LearningCurve(
        ...     score="AUC",
        ...     percent=False,
        ...     higher_is_better=True,
        ...     rows=(500, 1000),
        ...     scores=(part, all_rows),
        ...     gain=Interval(value=0.1, low=0.05, high=0.15),
        ... ).sentence
        'more rows are likely to help: from 500 to 1,000 rows the AUC became better by 0.100 \
(95% interval 0.050 to 0.150)'
        """
        gain = self.gain
        if not np.isfinite(gain.value):
            return translate(
                "whether more rows would help cannot be told: the {score} is not defined on these "
                "rows",
                score=self.title,
            )
        if gain.low > 0:
            found = translatable("more rows are likely to help: {change}")
        elif gain.high < 0:
            found = translatable("more rows of this kind did not help: {change}")
        else:
            found = translatable("whether more rows would help cannot be told: {change}")
        return translate(found, change=self._change())

    @property
    def title(self) -> str:
        """The score's label in the current language."""
        return label_title(self.score)

    def _change(self) -> str:
        """How the last rows changed the score, in a sentence that stands alone."""
        gain = self.gain
        change = (
            translatable(
                "from {fewer:,} to {rows:,} rows the {score} became better by {gain} (95% interval "
                "{interval})"
            )
            if gain.value >= 0
            else translatable(
                "from {fewer:,} to {rows:,} rows the {score} became worse by {gain} (95% interval "
                "{interval})"
            )
        )
        return translate(
            change,
            fewer=self.rows[-2],
            rows=self.rows[-1],
            score=self.title,
            gain=score_text(abs(gain.value), self.percent),
            interval=interval_text(gain.low, gain.high, self.percent),
        )

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read the fields as JSON holds them."""
        read = {
            "rows": tuple(fields["rows"]),
            "scores": tuple(map(Interval.from_dict, fields["scores"])),
            "gain": Interval.from_dict(fields["gain"]),
        }
        return cls(**{**fields, **read})


def learning_curve(
    metric: Metric,
    truth: NDArray,
    outputs: Mapping[int, NDArray],
    *,
    thresholds: Mapping[int, float] | None = None,
    groups: NDArray | None = None,
    seed: int = 0,
) -> LearningCurve:
    """Score models that were trained on growing parts of the rows.

    Parameters
    ----------
    metric : Metric
    truth : array of shape (rows, ...)
        Of the test rows, as `epochal.scoring.score_all` takes it.
    outputs : mapping of int to array
        For each number of training rows, at least two, the outputs for the test rows.
    thresholds : mapping of int to float, optional
        From which probability on each of them says that a row is positive.
    groups : int array of shape (rows,), optional
        Test rows that are drawn together.
    seed : int
        Decides the draws of the intervals.

    Returns
    -------
    LearningCurve

    Examples
    --------
    >>> from epochal.scoring.task_metrics import metrics_of
    >>> truth = np.arange(10.0)[:, None]
    >>> outputs = {50: truth + 2, 100: truth + 1}
    >>> found = learning_curve(metrics_of("regression")[0], truth, outputs)
    >>> found.rows, found.gain.value
    ((50, 100), 1.0)
    """
    rows = sorted(outputs)
    names = {count: NETWORK if count == rows[-1] else f"{count}" for count in rows}
    (score,), comparisons = score_all(
        [metric],
        truth,
        {names[count]: outputs[count] for count in reversed(rows)},
        thresholds={names[count]: value for count, value in (thresholds or {}).items()},
        groups=groups,
        seed=seed,
    )
    undefined = Interval(value=np.nan, low=np.nan, high=np.nan)
    gains = {(one.model, one.baseline): one.gain for one in comparisons}
    return LearningCurve(
        score=metric.label,
        percent=metric.percent,
        higher_is_better=metric.higher_is_better,
        rows=tuple(rows),
        scores=(*(score.baselines[names[count]] for count in rows[:-1]), score.network),
        gain=gains.get((NETWORK, names[rows[-2]]), undefined),
    )


def growing_parts(
    relations: Relations, fractions: Sequence[float] = FRACTIONS, *, seed: int = 0
) -> list[NDArray[np.intp]]:
    """Parts of the rows, each holding those before it.

    Parameters
    ----------
    relations : Relations
        Of the rows. Each part holds about as much of each class; groups are whole; of times it
        holds the latest, which are nearest to the rows to come.
    fractions : sequence of float
        Rising, above 0 and below 1.
    seed : int
        Decides the rows where there are no times.

    Returns
    -------
    list of int array
        Positions, ascending; without parts of no row, or equal to the one before.

    Examples
    --------
    >>> parts = growing_parts(Relations.of(8, classes=[0, 1] * 4), [0.25, 0.5])
    >>> [np.bincount(part % 2).tolist() for part in parts]
    [[1, 1], [2, 2]]
    """
    order = _order(relations, np.random.default_rng(seed))
    counts = dict.fromkeys(round(fraction * relations.rows) for fraction in fractions)
    parts = [np.sort(_taken(order, relations, count)) for count in counts if count]
    sizes = dict.fromkeys(len(part) for part in parts)
    by_size = {len(part): part for part in parts}
    return [by_size[size] for size in sizes if 0 < size < relations.rows]


def _taken(order: NDArray[np.intp], relations: Relations, count: int) -> NDArray[np.intp]:
    """The first `count` rows; the group of the last of them is whole, and equal times are."""
    of = relations.groups if relations.times is None else relations.times
    if of is None:
        return order[:count]
    return order[np.isin(of[order], np.unique(of[order[:count]]))]


def _order(relations: Relations, random: np.random.Generator) -> NDArray[np.intp]:
    """All rows so that the first ones make a part."""
    if relations.times is not None:
        return np.argsort(-relations.times, kind="stable")
    if relations.groups is None:
        return _stratified(relations.rows, relations.classes, random)
    present, groups = np.unique(relations.groups, return_inverse=True)
    classes = None if relations.classes is None else majority_class(relations.classes, groups)
    place = np.empty(len(present), np.intp)
    place[_stratified(len(present), classes, random)] = np.arange(len(present))
    return np.argsort(place[groups], kind="stable")


def _stratified(
    count: int, classes: NDArray | None, random: np.random.Generator
) -> NDArray[np.intp]:
    """Any order of which each beginning has the classes in proportion."""
    drawn = random.permutation(count)
    if classes is None:
        return drawn
    share = np.empty(count)
    for own in np.unique(classes):
        at = np.flatnonzero(classes[drawn] == own)
        share[at] = (np.arange(len(at)) + 0.5) / len(at)
    return drawn[np.argsort(share, kind="stable")]
