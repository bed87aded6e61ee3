"""A table read from wherever it lies: a file, a bundled data set, a frame."""

import zipfile
from pathlib import Path

import pandas as pd

from epochal.data import datasets
from epochal.data.tables.cleaning import MISSING, clean_cells
from epochal.data.tables.delimited import READABLE, first_line, read_text, refuse_duplicates
from epochal.errors import InputError, suggest

_TEXT = {".csv", ".tsv", ".txt"}


def read_table(source: "str | Path | pd.DataFrame") -> pd.DataFrame:
    """Read a table; its first line names the columns.

    Parameters
    ----------
    source : str, Path or DataFrame
        A file ending in .csv, .tsv, .txt (each also .gz), .parquet, .feather, .xlsx or .xls; or
        the name of a data set of `epochal.data.datasets`; or a frame, which is checked only.
        In text files the delimiter (comma, semicolon, tab, bar) is recognised, and between
        semicolons the decimal comma, column by column. Spaces around names and cells go. What
        counts as missing: `epochal.data.tables.cleaning.MISSING`.

    Returns
    -------
    DataFrame of at least one row and one column; the column names are distinct strings.

    Raises
    ------
    InputError
        No such file or data set (the nearest is suggested), no table, no rows, a column name
        twice, a row of another length, a title above the names, a text that is not UTF-8, a
        reader not installed, or a source that is neither path, name nor frame.

    Examples
    --------
    >>> read_table("titanic").shape
    (891, 15)
    """
    if isinstance(source, pd.DataFrame):
        return _checked(source, "The frame")
    if not isinstance(source, str | Path):
        raise InputError(
            "source must be a file, the name of a data set or a DataFrame, got "
            f"{'None' if source is None else f'a {type(source).__name__}'}: make a frame of it "
            "(pandas.DataFrame)."
        )
    path = Path(source).expanduser()
    if path.is_file():
        return _checked(_read_file(path), str(source))
    if str(source) in datasets.names():
        return datasets.load_table(str(source)).frame
    raise InputError(_no_such(path, str(source)))


def _no_such(path: Path, source: str) -> str:
    if path.is_dir():
        return f"The data must be a file, but {source!r} is a folder. Name a file in it."
    near = suggest(source, datasets.names())
    if not near and path.parent.is_dir():
        near = suggest(path.name, (entry.name for entry in path.parent.iterdir()))
    return (
        f"The data must be a file ({READABLE}) or a data set ({', '.join(datasets.names())}), "
        f"but there is no {source!r}.{near or ' Check the path.'}"
    )


def _read_file(path: Path) -> pd.DataFrame:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = suffixes[-1:] == [".gz"]
    ending = (suffixes[:-1] if packed else suffixes)[-1:]
    if path.stat().st_size == 0:
        raise InputError(
            f"The data must hold a table, but {str(path)!r} is empty. Check how it was made."
        )
    if ending and ending[0] in _TEXT:
        return read_text(path, packed)
    try:
        if ending == [".parquet"]:
            return pd.read_parquet(path)
        if ending == [".feather"]:
            return pd.read_feather(path)
        if ending in ([".xlsx"], [".xls"]):
            return _read_excel(path)
    except ImportError as error:
        raise InputError(
            f"Excel files need a package that is not installed, to read {str(path)!r}. "
            "Install it (pip install openpyxl), or save the sheet as CSV."
        ) from error
    except InputError:
        raise
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{str(path)!r} must be a {ending[0][1:]} table, but it cannot be read as one "
            f"({first_line(error)}). Check how it was made."
        ) from error
    raise InputError(
        f"The data must be a table file ({READABLE}), but {str(path)!r} is none by its ending. "
        "Rename it if it is one."
    )


def _read_excel(path: Path) -> pd.DataFrame:
    sheet = pd.read_excel(path, header=None)
    if sheet.empty:
        raise InputError(
            f"The data must hold a table, but the first sheet of {str(path)!r} is empty."
        )
    refuse_duplicates([str(name) for name in sheet.iloc[0] if not pd.isna(name)], str(path))
    frame = pd.read_excel(path, keep_default_na=False, na_values=sorted(MISSING))
    return clean_cells(frame.rename(columns=lambda name: str(name).strip()))


def _checked(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    if isinstance(frame.columns, pd.MultiIndex):
        raise InputError(
            f"Column names must be single names, but {where} has names of "
            f"{frame.columns.nlevels} levels. Join them into one."
        )
    refuse_duplicates([str(name) for name in frame.columns], where)
    if 0 in frame.shape:
        raise InputError(
            f"A table must have rows and columns, but {where} has {frame.shape[0]} rows and "
            f"{frame.shape[1]} columns. Check how it was made."
        )
    if all(isinstance(name, str) for name in frame.columns):
        return frame
    return frame.rename(columns=str)
