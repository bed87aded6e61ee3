"""Cleaning of text files and spreadsheets: spaces are removed, markers become missing values."""

import re

import numpy as np
import pandas as pd

from epochal.data.tables.parsing import parse_dates

MISSING = frozenset(
    {"", "?", "NA", "N/A", "n/a", "<NA>", "#N/A", "#N/A N/A", "#NA", "NaN", "nan", "-NaN", "-nan"}
    | {"NULL", "null", "-1.#IND", "1.#IND", "-1.#QNAN", "1.#QNAN"}
)
"""Markers of missing values in a text file; "None" is one in a column of numbers or dates only."""

_DECIMAL_COMMA = re.compile(r"([-+]?\d+),(\d+(?:[eE][-+]?\d+)?)")
_SPACES = " \t\r\n\xa0"
_MOSTLY = 0.9  # if this fraction of the cells is of a kind, the column is meant to be


def clean_cells(frame: pd.DataFrame, *, decimal_comma: bool = False) -> pd.DataFrame:
    """Clean the texts of a table as it was read.

    Parameters
    ----------
    frame : DataFrame
    decimal_comma : bool
        Whether a column of numbers with a decimal comma is numeric.

    Returns
    -------
    DataFrame
        With numbers where all known cells of a text column are numbers.

    Examples
    --------
    >>> clean_cells(pd.DataFrame({"a": ["Yes ", "Yes"], "b": ["1", "None"]})).to_dict("list")
    {'a': ['Yes', 'Yes'], 'b': [1.0, nan]}
    """
    texts = [name for name in frame.columns if _is_text(frame[name])]
    return frame.assign(**{name: _cleaned(frame[name], decimal_comma) for name in texts})


def _is_text(series: pd.Series) -> bool:
    return pd.api.types.is_object_dtype(series.dtype) or isinstance(series.dtype, pd.StringDtype)


def _cleaned(series: pd.Series, decimal_comma: bool) -> pd.Series:
    stripped = series.map(_stripped, na_action="ignore")
    cells = stripped.mask(stripped.isin(MISSING))
    if decimal_comma:
        cells = _with_points(cells)
    # "None" may be a class; among numbers or dates it is a missing value.
    candidate = cells.mask(cells == "None")
    known = candidate.dropna()
    if known.empty:
        return cells
    numbers = pd.to_numeric(candidate, errors="coerce")
    if numbers.notna().sum() == len(known) and all(isinstance(cell, str) for cell in known):
        return numbers
    dates = len(known) < cells.notna().sum() and parse_dates(known).notna().all()
    return candidate if dates else cells


def _stripped(cell: object) -> object:
    return cell.strip(_SPACES) if isinstance(cell, str) else cell


def _with_points(cells: pd.Series) -> pd.Series:
    """Turn decimal commas into points where most cells of the column are such numbers."""
    known = cells.dropna()
    commas = np.array([bool(_DECIMAL_COMMA.fullmatch(str(cell))) for cell in known], dtype=bool)
    numbers = pd.to_numeric(known, errors="coerce").notna().to_numpy()
    if not commas.any() or (commas | numbers).mean() < _MOSTLY:
        return cells
    return cells.map(
        lambda cell: _DECIMAL_COMMA.sub(r"\1.\2", cell) if isinstance(cell, str) else cell,
        na_action="ignore",
    )
