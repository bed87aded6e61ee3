"""The cells of a column as numbers: in their order where they have one, as codes where not."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.data.tables.parsing import as_names, parse_booleans, parse_dates, parse_numbers

ORDERED = ("numeric", "boolean", "date")
"""Kinds of columns whose values have an order."""

_DAYS_OF_A_YEAR = 365.2425


def ordered_values(column: pd.Series, kind: str) -> NDArray[np.float64]:
    """The cells of a column whose values have an order, float64 (rows,); NaN where missing.

    Parameters
    ----------
    column : Series of shape (rows,)
    kind : {"numeric", "boolean", "date"}
        Dates become years with fractions.

    Examples
    --------
    >>> ordered_values(pd.Series(["yes", None, "no"]), "boolean").tolist()
    [1.0, nan, 0.0]
    """
    if kind == "date":
        days = (parse_dates(column) - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(days=1)
        years: NDArray = days.to_numpy(np.float64, na_value=np.nan) / _DAYS_OF_A_YEAR
        return 1970 + years
    parsed = parse_booleans(column) if kind == "boolean" else parse_numbers(column)
    return parsed.to_numpy(np.float64)


def named_values(column: pd.Series) -> tuple[NDArray[np.intp], list[str]]:
    """The code of each cell, from the most frequent value on, and the values.

    A missing cell is -1.

    Examples
    --------
    >>> codes, values = named_values(pd.Series(["m", "f", None, "f"]))
    >>> codes.tolist(), values
    ([1, 0, -1, 0], ['f', 'm'])
    """
    codes, values = pd.factorize(as_names(column))
    order = np.argsort(-np.bincount(codes[codes >= 0], minlength=len(values)), kind="stable")
    rank = np.empty(len(values) + 1, np.intp)
    rank[order], rank[-1] = np.arange(len(values)), -1  # the last is where a -1 points
    return rank[codes], [str(values[at]) for at in order]
