"""A table read from its source: a file, a data set by name, or a frame."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow.parquet import ParquetFile

from epochal.checks import check_path
from epochal.data import datasets
from epochal.data.tables.cleaning import MISSING, clean_cells
from epochal.data.tables.delimited import READABLE, first_line, read_text, refuse_duplicates
from epochal.errors import InputError, suggest

_TEXT = {".csv", ".tsv", ".txt"}
_EXCEL = ([".xlsx"], [".xls"])
_CELLS = 1 << 21  # of a block: what is made of a cell takes some 150 bytes
_BUFFER = 1 << 20  # bytes of a column that are read at once


def read_table(source: "str | Path | pd.DataFrame", *, sheet: str | None = None) -> pd.DataFrame:
    """Read a table; its first line names the columns.

    Parameters
    ----------
    source : str, Path or DataFrame
        A file with the extension .csv, .tsv, .txt (each also with .gz), .parquet, .feather, .xlsx
        or .xls; or the name of a data set of `epochal.data.datasets`; or a frame, which is only
        checked. In text files the delimiter (comma, semicolon, tab, bar) is detected, and with
        semicolons the decimal comma, column by column. Spaces around names and cells are removed.
        Missing values: `epochal.data.tables.cleaning.MISSING`.
    sheet : str, optional
        Name of the sheet of an Excel file; None reads the first.

    Returns
    -------
    DataFrame of shape (rows, columns)
        At least one row and one column, whose names are distinct strings.

    Raises
    ------
    InputError
        No such file or data set (the nearest is suggested), not a table, no rows, a duplicate
        column name, a row of another length, a title above the names, text that is not UTF-8, a
        reader that is not installed, a sheet that does not exist, or a source that is not a path,
        name or frame.

    Examples
    --------
    >>> read_table("titanic").shape
    (891, 15)
    """
    if isinstance(source, pd.DataFrame):
        _refuse_sheet(sheet, "a DataFrame")
        return _check_frame(source, "the frame")
    if not isinstance(source, str | Path):
        raise InputError(
            "source must be a file, the name of a data set or a DataFrame, got "
            f"{'None' if source is None else f'a {type(source).__name__}'}: convert it with "
            "pandas.DataFrame."
        )
    path = check_path("The data", source)
    if path.is_file():
        return _check_frame(_read_file(path, sheet), str(source))
    if str(source) in datasets.names():
        _refuse_sheet(sheet, f"the data set {str(source)!r}")
        return datasets.load_table(str(source)).frame
    raise InputError(_not_found(path, str(source)))


def read_blocks(
    source: "str | Path | pd.DataFrame", *, sheet: str | None = None, rows: int | None = None
) -> Iterator[pd.DataFrame]:
    """Read a table piece by piece, as far as its kind of file allows that.

    Parameters
    ----------
    source, sheet
        As in `read_table`.
    rows : int, optional
        The most of a piece. None takes fewer of a table of many columns.

    Yields
    ------
    DataFrame of shape (rows, columns)
        The next rows of a Parquet file, however large it is. Anything else is one piece: the types
        of a text file's columns show in the whole of it only.

    Raises
    ------
    InputError
        As in `read_table`.
    """
    path = check_path("The data", source) if isinstance(source, str | Path) else None
    if path is None or path.suffix.lower() != ".parquet" or not path.is_file():
        yield read_table(source, sheet=sheet)
        return
    _refuse_sheet(sheet, repr(str(path)))
    try:
        with ParquetFile(path, buffer_size=_BUFFER) as file:
            most = rows or max(1, _CELLS // max(1, file.metadata.num_columns))
            few = file.metadata.num_rows <= most
            for groups in [] if few else _row_groups(file, most):
                for batch in file.iter_batches(most, row_groups=groups):
                    piece = pa.Table.from_batches([batch]).to_pandas()
                    yield _check_frame(piece.reset_index(drop=True), str(source))
    except InputError:
        raise
    except Exception as error:  # pyarrow raises whatever its parts raise
        raise _unreadable(path, error) from error
    if few:
        yield read_table(path)


def _row_groups(file: ParquetFile, most: int) -> list[list[int]]:
    """The row groups of a file, neighbours of at most so many rows together.

    What pyarrow has read of a row group it keeps until its iterator ends: one over all of a file
    comes to hold the whole file.
    """
    runs: list[list[int]] = []
    rows = 0
    for number in range(file.metadata.num_row_groups):
        count = file.metadata.row_group(number).num_rows
        if not runs or rows + count > most:
            runs.append([])
            rows = 0
        runs[-1].append(number)
        rows += count
    return runs


def is_workbook(source: object) -> bool:
    """Whether a source is an Excel file, of which a sheet can be named.

    Examples
    --------
    >>> is_workbook("sales.xlsx"), is_workbook("sales.csv")
    (True, False)
    """
    return isinstance(source, str | Path) and [Path(source).suffix.lower()] in _EXCEL


def _not_found(path: Path, source: str) -> str:
    if path.is_dir():
        return f"The data must be a file, got the folder {source!r}: name a file in it."
    if path.exists():
        return (
            f"The data must be a regular file, got {source!r}, which is a device, a pipe or a "
            "socket: write it into a file first, or pipe it into epochal predict RUN -."
        )
    near = suggest(source, datasets.names())
    if not near and path.parent.is_dir():
        near = suggest(path.name, (entry.name for entry in path.parent.iterdir()))
    return (
        f"The data must be a file ({READABLE}) or a data set ({', '.join(datasets.names())}), "
        f"got {source!r}, which does not exist.{near or ' Check the path.'}"
    )


def _refuse_sheet(sheet: str | None, what: str) -> None:
    if sheet is not None:
        raise InputError(
            f"sheet must be given for an Excel file only, got {sheet!r} for {what}: leave it out."
        )


def _read_file(path: Path, sheet: str | None) -> pd.DataFrame:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    compressed = suffixes[-1:] == [".gz"]
    extension = (suffixes[:-1] if compressed else suffixes)[-1:]
    if path.stat().st_size == 0:
        raise InputError(
            f"The data must hold a table, got the empty file {str(path)!r}: check how it was made."
        )
    if extension not in _EXCEL:
        _refuse_sheet(sheet, repr(str(path)))
    if extension and extension[0] in _TEXT:
        return read_text(path, compressed)
    try:
        if extension == [".parquet"]:
            return pd.read_parquet(path)
        if extension == [".feather"]:
            return pd.read_feather(path)
        if extension in _EXCEL:
            return _read_excel(path, sheet)
    except ImportError as error:
        raise InputError(
            f"A package for Excel files must be installed to read {str(path)!r}, got none: pip "
            "install 'epochal[excel]', or save the sheet as CSV."
        ) from error
    except InputError:
        raise
    except Exception as error:  # what pandas and its readers raise of broken content is not said
        raise _unreadable(path, error) from error
    raise InputError(
        f"The data must be a table ({READABLE}), got {str(path)!r}, which has an unsupported "
        "extension: rename it if it is one of these."
    )


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(
        f"{str(path)!r} must be a {path.suffix.lower()[1:]} table, got an unreadable file "
        f"({first_line(error)}): check how it was made."
    )


def _read_excel(path: Path, sheet: str | None) -> pd.DataFrame:
    with pd.ExcelFile(path) as book:
        names = list(map(str, book.sheet_names))
        if sheet is not None and sheet not in names:
            listed = suggest(sheet, names) or f" The sheets are {', '.join(names)}."
            raise InputError(f"sheet must name a sheet of {str(path)!r}, got {sheet!r}.{listed}")
        which = names[0] if sheet is None else sheet
        cells = pd.read_excel(book, sheet_name=which, header=None)
        if cells.empty:
            raise InputError(
                f"The data must hold a table, got an empty sheet {which!r} in {str(path)!r}: name "
                "another (sheet)."
            )
        refuse_duplicates([str(name) for name in cells.iloc[0] if not pd.isna(name)], str(path))
        frame = pd.read_excel(
            book, sheet_name=which, keep_default_na=False, na_values=sorted(MISSING)
        )
    return clean_cells(frame.rename(columns=lambda name: str(name).strip()))


def _check_frame(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    if isinstance(frame.columns, pd.MultiIndex):
        raise InputError(
            f"Column names must have a single level, got {frame.columns.nlevels} levels in "
            f"{where}: join them into one."
        )
    refuse_duplicates([str(name) for name in frame.columns], where)
    if 0 in frame.shape:
        raise InputError(
            f"A table must have rows and columns, got {frame.shape[0]} rows and "
            f"{frame.shape[1]} columns in {where}: check how it was made."
        )
    if all(isinstance(name, str) for name in frame.columns):
        return frame
    return frame.rename(columns=str)
