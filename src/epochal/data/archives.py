"""Zip files that unpack to more than the memory holds, told by the sizes that they name."""

import os
import zipfile
from pathlib import Path

from epochal.errors import InputError

VARIABLE = "EPOCHAL_LARGEST_UNPACKED_GIB"
LARGEST_GIB = 4.0
_LARGEST_TEXT = 256 << 20  # bytes: a JSON takes ten times as much memory as space
_TOO_TIGHT, _SMALL = 200, 64 << 20  # weights shrink to a tenth at best


def check_archive(path: "str | Path") -> None:
    """Refuse a zip file that unpacks to more than it should; nothing is unpacked for that.

    Python's reader gives no more of a file than the size that is named, whatever is stored.

    Raises
    ------
    InputError
        It unpacks to more than 4 GiB (the environment variable EPOCHAL_LARGEST_UNPACKED_GIB sets
        another limit), to a JSON of more than 256 MiB, or two hundred times its own size.
    OSError, zipfile.BadZipFile
        It cannot be read.
    """
    limit = _limit()
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    text = max((e.file_size for e in entries if e.filename.endswith(".json")), default=0)
    tight = unpacked > _SMALL and unpacked > _TOO_TIGHT * packed
    if limit == LARGEST_GIB and (tight or text > _LARGEST_TEXT):
        what = f"{unpacked / packed:,.0f} times its size" if tight else f"a JSON of {_size(text)}"
    elif unpacked > limit * 2**30:
        what = _size(unpacked)
    else:
        return
    raise InputError(
        f"{str(path)!r} must unpack to at most {limit:g} GiB and not very tightly, got {what}: if "
        f"you trust it, set the environment variable {VARIABLE} to more."
    )


def _limit() -> float:
    given = os.environ.get(VARIABLE)
    try:
        limit = LARGEST_GIB if given is None else float(given)
    except ValueError:
        limit = 0.0
    if not 0 < limit < float("inf"):
        raise InputError(f"{VARIABLE} must be a number above 0, got {given!r}: set it to 4.")
    return limit


def largest_unpacked() -> int:
    """Bytes that a file may unpack to."""
    return int(_limit() * 2**30)


def _size(bytes_: int) -> str:
    return f"{bytes_ / 2**30:,.1f} GiB"
