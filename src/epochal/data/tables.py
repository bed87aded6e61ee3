"""A table read from wherever it lies: a file, a bundled data set, a frame."""

import codecs
import csv
import gzip
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from epochal.data import datasets
from epochal.errors import InputError, suggest

_TEXT = {".csv", ".tsv", ".txt"}
_READABLE = ".csv, .tsv, .txt (.gz too), .parquet, .feather or .xlsx"
_DELIMITERS = ",;\t|"
_SAMPLE_BYTES = 256 << 10
_SAMPLE_LINES = 100
_BROKEN = (OSError, EOFError, zlib.error)


def read_table(source: "str | Path | pd.DataFrame") -> pd.DataFrame:
    """Read a table; its first line names the columns.

    Parameters
    ----------
    source : str, Path or DataFrame
        A file ending in .csv, .tsv, .txt (each also .gz), .parquet, .feather, .xlsx or .xls; or
        the name of a data set of `epochal.data.datasets`; or a frame, which is checked only.
        In text files the delimiter (comma, semicolon, tab, bar) is recognised, and the decimal
        comma where the delimiter is a semicolon; empty cells, NA and ? are missing.

    Returns
    -------
    DataFrame of at least one row and one column; the column names are distinct strings.

    Raises
    ------
    InputError
        No such file or data set (the nearest is suggested), no table, no rows, a column name
        twice, a row of another length, a text that is not UTF-8, a reader not installed.

    Examples
    --------
    >>> read_table("titanic").shape
    (891, 15)
    """
    if isinstance(source, pd.DataFrame):
        return _checked(source, "The frame")
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
        f"The data must be a file ({_READABLE}) or a data set ({', '.join(datasets.names())}), "
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
        return _read_text(path, packed)
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
            f"({_first_line(error)}). Check how it was made."
        ) from error
    raise InputError(
        f"The data must be a table file ({_READABLE}), but {str(path)!r} is none by its ending. "
        "Rename it if it is one."
    )


def _read_excel(path: Path) -> pd.DataFrame:
    sheet = pd.read_excel(path, header=None)
    if sheet.empty:
        raise InputError(
            f"The data must hold a table, but the first sheet of {str(path)!r} is empty."
        )
    _refuse_duplicates([str(name) for name in sheet.iloc[0] if not pd.isna(name)], str(path))
    return pd.read_excel(path)


def _read_text(path: Path, packed: bool) -> pd.DataFrame:
    sample = _sample(path, packed)
    delimiter, rows = _parse(sample)
    header = [name.strip() for name in rows[0]]
    _refuse_duplicates(header, str(path))
    for line, row in enumerate(rows[1:], start=2):
        if len(row) > len(header):
            raise _wrong_length(path, line, len(row), len(header))
    try:
        return pd.read_csv(
            path,
            sep=delimiter,
            decimal="," if delimiter == ";" and _has_decimal_comma(rows[1:]) else ".",
            compression="gzip" if packed else None,
            encoding="utf-8-sig",
            skipinitialspace=True,
            index_col=False,
            na_values=["?"],
            low_memory=False,  # one dtype a column, not one a chunk
        )
    except UnicodeDecodeError as error:
        raise _not_utf8(path, packed) from error
    except _BROKEN as error:
        raise _unreadable(path, error) from error
    except pd.errors.ParserError as error:
        found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if found:
            expected, line, saw = map(int, found.groups())
            raise _wrong_length(path, line, saw, expected) from error
        raise InputError(
            f"{str(path)!r} must be a table, but it cannot be read as one "
            f"({_first_line(error)}). Check its quotes and delimiters."
        ) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(
        f"{str(path)!r} must be a file that can be read to its end, but it cannot "
        f"({_first_line(error)}). Check or fetch it again."
    )


def _open(path: Path, packed: bool) -> Any:
    return gzip.open(path, "rb") if packed else path.open("rb")


def _sample(path: Path, packed: bool) -> str:
    """The first lines as text, whole lines where there are several."""
    try:
        with _open(path, packed) as file:
            head: bytes = file.read(_SAMPLE_BYTES)
            if b"\n" not in head:  # a first line of very many columns
                head += file.readline()
    except _BROKEN as error:
        raise _unreadable(path, error) from error
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(
            f"{str(path)!r} must be UTF-8 text, but it is UTF-16. Save it as UTF-8 "
            "(in a spreadsheet: CSV UTF-8)."
        )
    if b"\0" in head:
        raise InputError(
            f"{str(path)!r} must be a text table by its ending, but it holds binary data "
            f"(byte {head.index(0)} is 0). Give it the ending of its format ({_READABLE})."
        )
    cut = len(head) >= _SAMPLE_BYTES and not head.endswith(b"\n")
    kept = head[: head.rindex(b"\n") + 1] if cut and b"\n" in head else head
    try:
        text = codecs.decode(kept, "utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, packed) from error
    if not text.strip():
        raise InputError(
            f"The data must hold a table, but {str(path)!r} is blank. Check how it was made."
        )
    for opening, what in (("<", "HTML or XML"), ("{", "JSON"), ("[{", "JSON")):
        if text.lstrip().startswith(opening):
            raise InputError(
                f"{str(path)!r} must be a table with one row a line, but it looks like {what}. "
                "Save the data as CSV."
            )
    return text


def _not_utf8(path: Path, packed: bool) -> InputError:
    """The offset is looked for only when reading has failed."""
    decoder, offset = codecs.getincrementaldecoder("utf-8")(), 0
    with _open(path, packed) as file:
        while block := file.read(1 << 20):
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                offset += error.start - held
                break
            offset += len(block)
    return InputError(
        f"{str(path)!r} must be UTF-8 text, but byte {offset} is not. Save it as UTF-8, or "
        f"convert it: iconv -f latin1 -t utf-8 {path.name} > utf8-{path.name.removesuffix('.gz')}"
    )


def _parse(sample: str) -> tuple[str, list[list[str]]]:
    """The delimiter that cuts the first lines into the most equal fields, and those lines."""
    best, score = (",", [[sample.partition("\n")[0]]]), (0.0, 0)
    for delimiter in _DELIMITERS:
        lines = islice(io.StringIO(sample, newline=""), _SAMPLE_LINES)
        try:
            rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
        except csv.Error:  # a cell beyond the reader's limit
            continue
        rows = [row for row in rows if row]
        width = len(rows[0])
        regular = sum(len(row) == width for row in rows) / len(rows)
        if width > 1 and (regular, width) > score:
            best, score = (delimiter, rows), (regular, width)
    return best


def _has_decimal_comma(rows: Iterable[list[str]]) -> bool:
    cells = [cell for row in rows for cell in row]
    return any(re.fullmatch(r"-?\d+,\d+", cell) for cell in cells) and not any(
        re.fullmatch(r"-?\d*\.\d+", cell) for cell in cells
    )


def _wrong_length(path: Path, line: int, saw: int, expected: int) -> InputError:
    return InputError(
        f"Each line of {str(path)!r} must have the {expected} fields of its first line, but line "
        f"{line} has {saw}. Quote the cells that hold the delimiter."
    )


def _refuse_duplicates(names: list[str], where: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    if twice:
        raise InputError(
            f"Column names must differ, but {where} has {twice[0]!r} {names.count(twice[0])} times"
            f"{f' (and {len(twice) - 1} more such names)' if len(twice) > 1 else ''}. "
            "Rename them; if the first line is no header, add one."
        )


def _checked(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    if isinstance(frame.columns, pd.MultiIndex):
        raise InputError(
            f"Column names must be single names, but {where} has names of "
            f"{frame.columns.nlevels} levels. Join them into one."
        )
    _refuse_duplicates([str(name) for name in frame.columns], where)
    if 0 in frame.shape:
        raise InputError(
            f"A table must have rows and columns, but {where} has {frame.shape[0]} rows and "
            f"{frame.shape[1]} columns. Check how it was made."
        )
    if all(isinstance(name, str) for name in frame.columns):
        return frame
    return frame.rename(columns=str)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
