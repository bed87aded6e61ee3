"""Partial dependence: the mean prediction where a column has one value in all rows.

References
----------
J. H. Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics
29, 2001, section 8.2; A. Goldstein et al., "Peeking inside the black box", Journal of Computational
and Graphical Statistics 24, 2015, for the curves of single rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.explanation.column_values import ORDERED, named_values, ordered_values
from epochal.explanation.composed_rows import ComposedRows
from epochal.explanation.importances import Importances

MOST_ROWS = 100
MOST_VALUES = 12
_MOST_CATEGORIES = 8
_EXTREMES = (0.05, 0.95)  # beyond these quantiles there are few rows to tell by
_RANGE = (0.1, 0.9)


@dataclass(frozen=True, kw_only=True, eq=False)
class PartialDependence:
    """How the prediction depends on a column, the others being as they are.

    Attributes
    ----------
    column : str
    kind : str
        Its kind, one of `epochal.data.KINDS`.
    values : tuple of float or str
        Of the column: rising numbers (of dates, years), or names from the most frequent on.
    mean : float array of shape (values, outputs)
        The mean prediction where all rows have the value.
    low, high : float array of shape (values, outputs)
        Between these are the predictions of the middle 80% of the rows.
    spread : float array of shape (outputs,)
        How far the mean predictions reach, in standard deviations of all these predictions.
    """

    column: str
    kind: str
    values: tuple[float | str, ...]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    spread: NDArray[np.float64]

    @property
    def output(self) -> int:
        """The output that depends on the column most."""
        return int(self.spread.argmax())


def partial_dependence(
    rows: ComposedRows,
    column: str,
    kind: str,
    *,
    most_rows: int = MOST_ROWS,
    most_values: int = MOST_VALUES,
) -> PartialDependence | None:
    """Predict some rows with each of the values of a column in turn.

    Parameters
    ----------
    rows : ComposedRows
    column : str
    kind : str
        One of `epochal.data.KINDS`.
    most_rows : int
        Rows that are predicted, evenly spaced.
    most_values : int
        Of numbers and dates: all values, or, where there are more, those at so many quantiles from
        5% to 95%. Of categories and booleans the eight most frequent are taken.

    Returns
    -------
    PartialDependence or None
        None for texts, and for columns with fewer than two values.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.0, 3.0, 6.0]})
    >>> rows = ComposedRows.of(lambda f: (f["a"] * 2 + f["b"]).to_numpy(), frame)
    >>> partial_dependence(rows, "a", "numeric").mean.tolist()
    [[5.0], [7.0], [9.0]]
    """
    values, sources = _values(rows.frame[column], kind, most_values)
    if len(values) < 2:
        return None
    taken = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), most_rows)).astype(int))
    composed = rows.whole(np.tile(taken, len(values)))
    composed[:, rows.positions([column])[0]] = np.repeat(sources, len(taken))
    outputs = rows.outputs(composed).reshape(len(values), len(taken), -1)
    low, high = np.quantile(outputs, _RANGE, axis=1)
    mean, deviation = outputs.mean(axis=1), outputs.std(axis=(0, 1))
    return PartialDependence(
        column=column,
        kind=kind,
        values=values,
        mean=mean,
        low=low,
        high=high,
        spread=np.ptp(mean, axis=0) / np.where(deviation > 0, deviation, 1),
    )


def first_dependences(
    rows: ComposedRows, importances: Importances, kinds: Mapping[str, str], *, most: int = 5
) -> tuple[PartialDependence, ...]:
    """The partial dependence on a column of each of the most important groups.

    Of a group it is the column that the mean prediction depends on most; the others stay as they
    are.
    """
    found = []
    for group in importances.groups:
        each = [partial_dependence(rows, name, kinds[name]) for name in group.columns]
        known = [one for one in each if one is not None]
        if known:
            found.append(max(known, key=lambda one: one.spread.max()))
        if len(found) == most:
            break
    return tuple(found)


def _values(
    column: pd.Series, kind: str, most: int
) -> tuple[tuple[float | str, ...], NDArray[np.intp]]:
    """Values of a column, and a row that has each."""
    if kind in ORDERED and kind != "boolean":
        numbers = ordered_values(column, kind)
        distinct, first = np.unique(numbers, return_index=True)
        known = np.isfinite(distinct)
        distinct, first = distinct[known], first[known]
        if len(distinct) > most:
            levels = np.linspace(*_EXTREMES, most)
            wanted = np.quantile(numbers[np.isfinite(numbers)], levels, method="nearest")
            at = np.unique(np.searchsorted(distinct, wanted))
            distinct, first = distinct[at], first[at]
        return tuple(map(float, distinct)), first
    if kind == "text":
        return (), np.empty(0, np.intp)
    codes, names = named_values(column)
    shown = names[:_MOST_CATEGORIES]
    return tuple(shown), np.array([int(np.argmax(codes == at)) for at in range(len(shown))])
