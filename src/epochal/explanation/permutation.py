"""Permutation importance: how much worse a score is where the values of a column are shuffled.

scikit-learn's `permutation_importance` shuffles one column at a time. Here columns that tell the
same are shuffled together, the interval is one for other rows too, and many shuffled copies are
predicted at once.

References
----------
L. Breiman, "Random Forests", Machine Learning 45, 2001, section 10; A. Fisher, C. Rudin and
F. Dominici, "All Models are Wrong, but Many are Useful", JMLR 20, 2019.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from epochal.explanation.candidate_groups import candidate_groups, shuffled
from epochal.explanation.composed_rows import ComposedRows
from epochal.explanation.importances import Importance, Importances
from epochal.scoring.bootstrap import bootstrap_weights
from epochal.scoring.interval import percentile_interval
from epochal.scoring.metrics import Metric
from epochal.scoring.scores import Interval

MOST_ROWS = 2000
MOST_REPEATS = 10
MOST_GROUPS = 100
"""Groups of columns that are measured; of more, those that change some predictions most."""

MOST_PREDICTED = 50_000
"""Rows that are predicted by default."""

_DRAWS = 400
_FEWEST_ROWS = 50
_FEWEST_GROUPS = 10


def permutation_importance(
    rows: ComposedRows,
    truth: NDArray,
    metric: Metric,
    *,
    groups: Sequence[Sequence[str]] | None = None,
    threshold: float | None = None,
    related: NDArray | None = None,
    most_predicted: int = MOST_PREDICTED,
    seed: int = 0,
) -> Importances:
    """How much a score rests on each column, or group of columns.

    The importance of a group is the score minus the mean of the scores with the group's cells
    shuffled among the rows, with the sign by which more is more important. Its 95% interval is that
    of the percentile bootstrap over the rows, paired by row; a shuffled row is made of two rows,
    and counts as often as a draw holds both. Of few shuffles it is wider than it need be.

    Parameters
    ----------
    rows : ComposedRows
        Rows that nothing was fitted on.
    truth : array of shape (rows, ...)
        As `epochal.scoring.score_all` takes it.
    metric : Metric
        The score; see `epochal.scoring.task_metrics`.
    groups : sequence of sequence of str, optional
        Columns to shuffle together, such as `correlated_columns` gives them; None takes each column
        alone.
    threshold : float, optional
        From which probability on a row is said to be positive, for scores of classes.
    related : int array of shape (rows,), optional
        Rows of equal number are drawn together by the bootstrap.
    most_predicted : int
        About how many rows to predict. At most 2,000 rows are shuffled up to ten times; where that
        would be more, fewer times, then fewer rows. Of more than 100 groups 100 are measured, and
        fewer where there would not be 50 predictions for each: see `candidate_groups`.
    seed : int
        Decides rows, shuffles and draws.

    Returns
    -------
    Importances

    Examples
    --------
    >>> import pandas as pd
    >>> from epochal.scoring.task_metrics import metrics_of
    >>> random = np.random.default_rng(0)
    >>> frame = pd.DataFrame(random.normal(size=(500, 2)), columns=["a", "b"])
    >>> rows = ComposedRows.of(lambda f: 3 * f["a"].to_numpy(), frame)
    >>> truth = 3 * frame[["a"]].to_numpy()
    >>> found = permutation_importance(rows, truth, metrics_of("regression")[0])
    >>> [(one.name, round(one.importance.value, 1)) for one in found.groups]
    [('a', 4.2), ('b', 0.0)]
    """
    all_groups = [tuple(group) for group in groups or [(name,) for name in rows.columns]]
    most = min(MOST_GROUPS, max(_FEWEST_GROUPS, most_predicted // _FEWEST_ROWS))
    measured = candidate_groups(rows, all_groups, most, most_predicted, seed)
    count, repeats = _sizes(len(rows), len(measured), most_predicted)
    taken = _some(len(rows), count, seed)
    truth, related = truth[taken], None if related is None else related[taken]
    weights = np.concatenate(
        [np.ones((1, count)), *bootstrap_weights(count, seed, _DRAWS, related)]
    )

    def scores(outputs: NDArray, weights: NDArray) -> NDArray:
        """On all rows, then on each draw."""
        with np.errstate(invalid="ignore"):  # of a few rows a draw may hold none
            return metric.function(truth, metric.used(outputs, threshold), weights)

    whole = rows.outputs(rows.whole(taken))
    sign = 1 if metric.higher_is_better else -1
    found = []
    for number, group in enumerate(measured):
        orders = _orders(count, repeats, np.random.default_rng([seed, number]))
        outputs = shuffled(rows, taken, group, orders)
        # A row and the one that its cells are from are drawn both: without the latter, the
        # intervals would be up to half as wide as they must be.
        drawn = [weights * weights[:, order] for order in orders]
        worse = np.mean(
            [
                sign * (scores(whole, both) - scores(each, both))
                for each, both in zip(outputs, drawn, strict=True)
            ],
            axis=0,
        )
        low, high = percentile_interval(worse[1:])
        interval = Interval(value=float(worse[0]), low=low, high=high)
        found.append(Importance(columns=group, importance=interval))
    return Importances(
        score=metric.label,
        percent=metric.percent,
        groups=tuple(sorted(found, key=_rank)),
        rows=count,
        repeats=repeats,
        not_measured=_not_measured(all_groups, measured),
    )


def _not_measured(
    groups: list[tuple[str, ...]], measured: list[tuple[str, ...]]
) -> tuple[str, ...]:
    known = set(measured)
    return tuple(name for group in groups if group not in known for name in group)


def _rank(one: Importance) -> float:
    """The most important first, what is not defined last."""
    value = one.importance.value
    return -value if np.isfinite(value) else np.inf


def _sizes(rows: int, groups: int, most_predicted: int) -> tuple[int, int]:
    """How many rows to take, and how often to shuffle them.

    More rows tell more than more shuffles of the same.
    """
    most = max(1, most_predicted // max(1, groups))
    count = min(rows, MOST_ROWS, max(most, _FEWEST_ROWS))
    return count, min(MOST_REPEATS, max(1, most // count))


def _some(rows: int, count: int, seed: int) -> NDArray[np.intp]:
    """Positions of `count` rows, ascending."""
    drawn = np.random.default_rng(seed).permutation(rows)[:count]
    return np.sort(drawn)


def _orders(count: int, repeats: int, random: np.random.Generator) -> NDArray[np.intp]:
    """For each shuffle and row, which row the cells are from: (repeats, rows)."""
    return np.stack([random.permutation(count) for _ in range(repeats)])
