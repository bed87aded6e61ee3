"""Output files: written completely or not at all, and over nothing that is precious."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from epochal.characters import escape_cell, escape_controls
from epochal.errors import InputError
from epochal.whole_files import write_whole

_EXCEL_ROWS = 1_048_576  # of a sheet, the names among them


def check_path(output: Path, extensions: Sequence[str] = ()) -> None:
    """Refuse a file of an unknown kind, or one in a folder that does not exist."""
    *first, last = extensions or WRITERS
    if output.suffix.lower() not in (*first, last):
        listed = f"{', '.join(first)} or {last}" if first else last
        raise InputError(
            f"--output must end in {listed}, got {str(output)!r}: change its extension."
        )
    if not output.absolute().parent.is_dir():
        raise InputError(
            f"--output must be in an existing folder, got {str(output)!r}: create "
            f"{str(output.parent)!r}, or give another."
        )


def check_overwrite(output: Path, force: bool, data: str | None = None) -> None:
    """Refuse to overwrite a file; with `force` only the table and the files of a run."""
    if (output.absolute().parent / "run.json").exists():
        raise InputError(
            f"--output must not be in a run folder, got {str(output)!r}: give another folder."
        )
    if not os.path.lexists(output):  # true for a broken link, too
        return
    if data and output.exists() and Path(data).exists() and output.samefile(data):
        raise InputError(f"--output must not be the table, got {str(output)!r}: give another file.")
    if not force:
        raise InputError(
            f"--output must be a new file, got {str(output)!r}, which exists: give another, or "
            "add --force to overwrite it."
        )


def csv_texts(pieces: Iterable[pd.DataFrame]) -> Iterator[str]:
    """A table's pieces as CSV, with the names of the columns once."""
    for number, piece in enumerate(pieces):
        yield piece.to_csv(index=False, header=number == 0, lineterminator="\n")


def _write_csv(pieces: Iterable[pd.DataFrame], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_texts(pieces))


def _write_parquet(pieces: Iterable[pd.DataFrame], path: Path) -> None:
    """Types are those of the first piece: a later one may hold less, such as no missing values."""
    with ExitStack() as stack:
        writer = None
        for piece in pieces:
            schema = None if writer is None else writer.schema
            rows = pa.Table.from_pandas(piece, schema, preserve_index=False)
            writer = writer or stack.enter_context(ParquetWriter(path, rows.schema))
            writer.write_table(rows)


def _write_excel(pieces: Iterable[pd.DataFrame], path: Path) -> None:
    """Texts as they are: one that begins with "=" is no formula."""
    frame = pd.concat(pieces, ignore_index=True)
    if len(frame) >= _EXCEL_ROWS:
        raise InputError(
            f"--output must end in .csv or .parquet for {len(frame):,} rows, got .xlsx, which "
            f"holds {_EXCEL_ROWS - 1:,}: change its extension."
        )
    shown = frame.rename(columns=escape_controls).map(
        lambda cell: escape_controls(cell) if isinstance(cell, str) else cell
    )
    try:
        with pd.ExcelWriter(path, engine="openpyxl") as writer:
            shown.to_excel(writer, index=False)
            for row in writer.book.active.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        cell.data_type = "s"
    except ImportError as error:
        raise InputError(
            "A package for Excel files must be installed to write one, got none: pip install "
            "'epochal[excel]', or give a .csv file."
        ) from error


WRITERS = {".csv": _write_csv, ".parquet": _write_parquet, ".xlsx": _write_excel}


def with_escaped_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with no control character in a text, and none that a spreadsheet computes."""
    return frame.rename(columns=escape_cell).map(
        lambda cell: escape_cell(cell) if isinstance(cell, str) else cell
    )


def write_pieces(pieces: Iterable[pd.DataFrame], output: Path) -> None:
    """Write a table that comes in pieces, as the extension says."""
    write_output(output, partial(WRITERS[output.suffix.lower()], pieces))


def write_output(output: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make the file; a link there is replaced, and what it names stays as it is."""
    try:
        write_whole(output, write, follow_link=False)
    except OSError as error:
        raise InputError(
            f"--output must be writable, got {str(output)!r} ({error.strerror or error}): give "
            "another."
        ) from error
