"""How each column of new rows differs from that of the training.

References
----------
S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
Statistics 6, 1979.
S. Rabanser, S. Günnemann and Z. Lipton, "Failing loudly: an empirical study of methods for
detecting dataset shift", NeurIPS 2019.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from epochal.translation import translate

SIGNIFICANT = 0.05
LEAST_SIZE = 0.1
"""Smaller differences are found among many rows, and hardly move a score."""

_FEWEST_EXPECTED = 5  # rows of a value on either side, for which chi-squared holds
_MISSING = "\0missing"


@dataclass(frozen=True, kw_only=True)
class ColumnDrift:
    """A column of new rows beside that of the training.

    Attributes
    ----------
    name : str
    size : float
        0 to 1: of numbers, dates and the lengths of texts the largest distance of the cumulative
        frequencies (Kolmogorov and Smirnov), or the difference in the part that is missing where it
        is larger; of categories Cramér's V, without what chance adds to it.
    p_value : float
        Of no difference, corrected for the number of columns (Holm).
    differs : bool
        Whether the p-value is below 5%, and the size at least 0.1.
    measure : {"median", "length", "missing", "value", "boolean", ""}
        What differs most: the median of numbers or dates, or of the lengths of texts, the part of
        the rows that is missing, or that of a value; "" where there is nothing to compare.
    value : str or None
        That value.
    before, here : str
        The measure in the training, and in the new rows.
    """

    name: str
    size: float
    p_value: float
    differs: bool
    measure: str
    value: str | None
    before: str
    here: str

    @property
    def words(self) -> str:
        """What differs most, in the current language."""
        shown = {"before": self.before, "here": self.here}
        if self.measure in ("value", "boolean"):
            value = self.value
            if self.measure == "boolean":
                value = translate("yes") if value == "yes" else translate("no")
            return translate(
                "{value!r}: {before} in the training, {here} here", value=value, **shown
            )
        return {
            "median": translate("median {before} in the training, {here} here", **shown),
            "length": translate("{before} words in the training, {here} here", **shown),
            "missing": translate("{before} missing in the training, {here} here", **shown),
        }.get(self.measure, "")


class _Difference(NamedTuple):
    """What a column's `measure`, `value`, `before` and `here` are."""

    measure: str
    value: str | None
    before: str
    here: str


def drift_of_columns(
    known: pd.DataFrame, new: pd.DataFrame, kinds: Mapping[str, str]
) -> tuple[ColumnDrift, ...]:
    """Each column of two tables, the one that differs most first.

    Parameters
    ----------
    known, new : DataFrame
        As `epochal.data.TablePreprocessor.cells` gives them.
    kinds : mapping of str to str
        "numeric", "boolean", "category", "date" or "text".

    Examples
    --------
    >>> table = pd.DataFrame({"age": np.arange(100.0), "sex": ["f", "m"] * 50})
    >>> kinds = {"age": "numeric", "sex": "category"}
    >>> found = drift_of_columns(table, table.assign(age=table["age"] + 50), kinds)
    >>> [(one.name, one.size, one.differs, one.words) for one in found]  # doctest: +ELLIPSIS
    [('age', 0.5, True, 'median 49.5 in the training, 99.5 here'), ('sex', 0.0, False, ...)]
    """
    found = []
    for name, kind in kinds.items():
        as_numbers = kind in ("numeric", "date", "text")
        compare = _of_numbers if as_numbers else _of_categories
        before, here = (_cells(part[name], kind) for part in (known, new))
        found.append((name, *compare(before, here, kind)))
    adjusted = holm([p_value for _, _, p_value, _ in found])
    columns = [
        ColumnDrift(
            name=name,
            size=size,
            p_value=p_value,
            differs=p_value < SIGNIFICANT and size >= LEAST_SIZE,
            **difference._asdict(),
        )
        for (name, size, _, difference), p_value in zip(found, adjusted, strict=True)
    ]
    return tuple(sorted(columns, key=lambda one: (not one.differs, -one.size)))


def holm(p_values: ArrayLike) -> list[float]:
    """P-values corrected for their number: at most 5% of families have one below 5% by chance.

    Examples
    --------
    >>> holm([0.5, 0.01, 0.02])
    [0.5, 0.03, 0.04]
    """
    values = np.asarray(p_values, float)
    order = np.argsort(values, kind="stable")
    adjusted = np.empty_like(values)
    times = np.arange(len(values), 0, -1)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(times * values[order]))
    return [float(value) for value in adjusted]


def _cells(series: pd.Series, kind: str) -> pd.Series:
    if kind == "date":
        return series.astype("datetime64[s]").astype("int64").where(series.notna()).astype(float)
    if kind == "text":
        return series.map(lambda text: len(str(text).split()), na_action="ignore").astype(float)
    return series


def _of_numbers(known: pd.Series, new: pd.Series, kind: str) -> tuple[float, float, _Difference]:
    """(size, p-value, difference)."""
    parts = [part.dropna().to_numpy(float) for part in (known, new)]
    missing = [float(part.isna().mean()) for part in (known, new)]
    tests = []
    if all(len(part) for part in parts):
        test = stats.ks_2samp(*parts, method="asymp")
        tests.append((float(test.statistic), float(test.pvalue), _medians(parts, kind)))
    if max(missing) > 0:
        counts = [[part.isna().sum(), part.notna().sum()] for part in (known, new)]
        p_value = float(stats.fisher_exact(counts).pvalue)
        tests.append((abs(missing[0] - missing[1]), p_value, _shares("missing", None, *missing)))
    if not tests:
        return 0.0, 1.0, _Difference("", None, "", "")
    least = min(test[1] for test in tests)
    size, _, difference = max(tests, key=lambda test: test[:2])
    return size, min(1.0, len(tests) * least), difference


def _of_categories(known: pd.Series, new: pd.Series, kind: str) -> tuple[float, float, _Difference]:
    """(size, p-value, difference)."""
    parts = [part.astype(object).where(part.notna(), _MISSING) for part in (known, new)]
    if kind == "boolean":
        names = {1.0: "yes", 0.0: "no"}
        parts = [part.map(lambda cell: names.get(cell, cell)) for part in parts]
    counts = pd.DataFrame([part.value_counts() for part in parts]).fillna(0).to_numpy().T
    values = pd.DataFrame([part.value_counts() for part in parts]).columns.to_numpy()
    rows = counts.sum(axis=0)
    rare = (counts.sum(axis=1) * rows.min() / rows.sum()) < _FEWEST_EXPECTED
    table = np.vstack([counts[~rare], counts[rare].sum(axis=0)])
    table = table[table.sum(axis=1) > 0]
    shares = counts / rows
    at = int(np.abs(shares[:, 0] - shares[:, 1]).argmax())
    value = None if values[at] == _MISSING else str(values[at])
    measure = "boolean" if kind == "boolean" else "value"
    difference = _shares(measure, value, *shares[at])
    if len(table) < 2:
        return 0.0, 1.0, difference
    test = stats.chi2_contingency(table, correction=False)
    beyond = max(0.0, float(test.statistic) - (len(table) - 1))
    return float(np.sqrt(beyond / rows.sum())), float(test.pvalue), difference


def _medians(parts: list[NDArray], kind: str) -> _Difference:
    middles = [float(np.median(part)) for part in parts]
    if kind == "date":
        shown = [f"{pd.Timestamp(middle, unit='s'):%Y-%m-%d}" for middle in middles]
    else:
        shown = [f"{middle:.4g}" for middle in middles]
    return _Difference("length" if kind == "text" else "median", None, *shown)


def _shares(measure: str, value: str | None, before: float, here: float) -> _Difference:
    """The parts of the rows with a value, or, of None, with none."""
    measure = "missing" if value is None else measure
    return _Difference(measure, value, f"{before:.1%}", f"{here:.1%}")
