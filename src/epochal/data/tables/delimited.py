"""Delimited text: the delimiter is detected, lines of another length are refused."""

import codecs
import csv
import gzip
import io
import re
import warnings
import zlib
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from epochal.data.tables.cleaning import MISSING, clean_cells
from epochal.errors import InputError

READABLE = ".csv, .tsv, .txt (.gz too), .parquet, .feather or .xlsx"
_DELIMITERS = ",;\t|"
_SAMPLE_BYTES = 256 << 10
_SAMPLE_LINES = 100
_LONGEST_LINE = 16 << 20  # bytes, of the names of columns
_MOST_COLUMNS = 100_000
_BROKEN = (OSError, EOFError, zlib.error)


def read_text(path: Path, compressed: bool) -> pd.DataFrame:
    """Read the table of a text file, gzip-compressed or not; see `epochal.data.read_table`."""
    delimiter, rows = _parse(_sample(path, compressed))
    header = [name.strip() for name in rows[0]]
    refuse_duplicates(header, str(path))
    _check_widths(path, rows)
    frame = _read(path, compressed, delimiter, len(header))
    if len(header) > 1 and frame.iloc[:, -1].isna().any():
        # pandas pads short lines: only then is the file read a second time.
        _refuse_short_lines(path, compressed, delimiter, len(header))
    frame.columns = frame.columns.str.strip()
    return clean_cells(frame, decimal_comma=delimiter == ";")


def _read(path: Path, compressed: bool, delimiter: str, width: int) -> pd.DataFrame:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "error", pd.errors.ParserWarning
            )  # about cells that it would drop
            return pd.read_csv(
                path,
                sep=delimiter,
                compression="gzip" if compressed else None,
                encoding="utf-8-sig",
                skipinitialspace=True,
                index_col=False,
                keep_default_na=False,
                na_values=sorted(MISSING),
                low_memory=False,  # one dtype per column, not per chunk
            )
    except UnicodeDecodeError as error:
        raise _not_utf8(path, compressed) from error
    except _BROKEN as error:
        raise _unreadable(path, error) from error
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if found:
            _, line, saw = map(int, found.groups())
            raise _wrong_length(path, line, saw, width) from error
        raise InputError(
            f"{str(path)!r} must be a table, got an unreadable file ({first_line(error)}): check "
            "its quotes and delimiters."
        ) from error


def _check_widths(path: Path, rows: list[list[str]]) -> None:
    """Refuse a first line that is a title, and lines longer than it.

    A delimiter at the end of each line but the first adds an empty field, which is accepted.
    """
    width, following = len(rows[0]), rows[1:]
    widths = {len(row) for row in following}
    trailing = widths == {width + 1} and not any(row[-1].strip() for row in following)
    if len(widths) == 1 and min(widths) > width and not trailing:
        raise InputError(
            f"The first line of {str(path)!r} must name all {min(widths)} columns, got {width} "
            f"field{'s' if width > 1 else ''}: remove the title above the names, or quote the "
            "cells that contain the delimiter."
        )
    for line, row in enumerate(following, start=2):
        if len(row) > width and not trailing:
            raise _wrong_length(path, line, len(row), width)


def _refuse_short_lines(path: Path, compressed: bool, delimiter: str, width: int) -> None:
    with _open(path, compressed) as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True)
        try:
            for row in reader:
                blank = not row or (len(row) == 1 and not row[0].strip())
                if len(row) < width and not blank:
                    raise _wrong_length(path, reader.line_num, len(row), width)
        except csv.Error:  # a cell beyond the reader's limit: what follows is not checked
            return


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(
        f"{str(path)!r} must be a complete file, got one that cannot be read to its end "
        f"({first_line(error)}): check it, or download it again."
    )


def _open(path: Path, compressed: bool) -> Any:
    return gzip.open(path, "rb") if compressed else path.open("rb")


def _sample(path: Path, compressed: bool) -> str:
    """The first lines as text, whole lines where there are several."""
    try:
        with _open(path, compressed) as file:
            head: bytes = file.read(_SAMPLE_BYTES)
            if b"\n" not in head:  # a first line of very many columns
                head += file.readline(_LONGEST_LINE)
    except _BROKEN as error:
        raise _unreadable(path, error) from error
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(
            f"{str(path)!r} must be UTF-8 text, got UTF-16: save it as UTF-8 (in a spreadsheet: "
            "CSV UTF-8)."
        )
    if b"\0" in head:
        raise InputError(
            f"{str(path)!r} must be text, as its extension says, got binary data (byte "
            f"{head.index(0)} is 0): give it the extension of its format ({READABLE})."
        )
    _check_first_line(path, head)
    cut = len(head) >= _SAMPLE_BYTES and not head.endswith(b"\n")
    kept = head[: head.rindex(b"\n") + 1] if cut and b"\n" in head else head
    try:
        text = codecs.decode(kept, "utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, compressed) from error
    if not text.strip():
        raise InputError(
            f"The data must hold a table, got the blank file {str(path)!r}: check how it was made."
        )
    for opening, what in (("<", "HTML or XML"), (r"\{|\[\s*\{", "JSON")):
        if re.match(opening, text.lstrip()):
            raise InputError(
                f"{str(path)!r} must be a table with one row per line, got what looks like {what}: "
                "save the data as CSV."
            )
    return text


def _check_first_line(path: Path, head: bytes) -> None:
    """Refuse more columns than a table has, before they are looked at one by one."""
    line = head.partition(b"\n")[0]
    columns = 1 + max(line.count(delimiter.encode()) for delimiter in _DELIMITERS)
    if columns > _MOST_COLUMNS or len(line) >= _LONGEST_LINE:
        got = f"{columns:,} columns" if columns > _MOST_COLUMNS else f"{len(line):,} bytes"
        raise InputError(
            f"The first line of {str(path)!r} must name at most {_MOST_COLUMNS:,} columns, got "
            f"{got}: check that the table is not transposed, or give it as a DataFrame."
        )


def _not_utf8(path: Path, compressed: bool) -> InputError:
    """The error, with the offset, which is searched for only when reading has failed."""
    decoder, offset = codecs.getincrementaldecoder("utf-8")(), 0
    with _open(path, compressed) as file:
        while block := file.read(1 << 20):
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                offset += error.start - held
                break
            offset += len(block)
    return InputError(
        f"{str(path)!r} must be UTF-8 text, got another encoding at byte {offset}: save it as "
        f"UTF-8, or convert it with iconv -f latin1 -t utf-8 {path.name} > "
        f"utf8-{path.name.removesuffix('.gz')}"
    )


def _parse(sample: str) -> tuple[str, list[list[str]]]:
    """The delimiter that splits the first lines most regularly, and those lines.

    Where it splits the lines below the first line, but not the first, that line is a title.
    """
    best, score = (",", [[sample.partition("\n")[0]]]), (0.0, 0)
    titled = None
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
        if width == 1 and len(rows) > 1 and len(rows[1]) > 1:
            titled = titled or (delimiter, rows)
    return titled if titled and score == (0.0, 0) else best


def _wrong_length(path: Path, line: int, saw: int, expected: int) -> InputError:
    return InputError(
        f"Each line of {str(path)!r} must have the {expected} fields of its first line, got "
        f"{saw} in line {line}: "
        f"{'quote the cells that contain the delimiter' if saw > expected else 'complete it'}."
    )


def refuse_duplicates(names: list[str], where: str) -> None:
    """Refuse duplicate column names; `where` is what errors call the table."""
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    if twice:
        raise InputError(
            f"Column names must be unique, got {twice[0]!r} {names.count(twice[0])} times"
            f"{f' (and {len(twice) - 1} more such names)' if len(twice) > 1 else ''} in {where}: "
            "rename them, or add a header line if there is none."
        )


def first_line(error: Exception) -> str:
    """The first line of an error's text, without its full stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
