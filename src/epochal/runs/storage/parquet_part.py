"""Reading a Parquet file of a run folder, which may be missing, damaged or of another run."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pandas as pd

from epochal.errors import InputError

T = TypeVar("T")


def read_part(path: Path, understand: Callable[[pd.DataFrame], T], *, needed: str, how: str) -> T:
    """What `understand` makes of the file's table.

    Parameters
    ----------
    path : Path
    understand : callable
        Raises whatever it likes where the table is not what it must be.
    needed : str
        What the run must have, where there is no such file.
    how : str
        How a run comes to have it.

    Raises
    ------
    InputError
        There is no such file, or it is damaged or of another run.
    """
    if not path.is_file():
        raise InputError(
            f"The run must have {needed}, got {str(path.parent)!r} without {path.name}: {how}."
        )
    try:
        return understand(pd.read_parquet(path))
    except Exception as error:  # pyarrow raises whatever its parts raise
        raise InputError(
            f"The run must have a {path.name} that `epochal train` wrote, got {str(path)!r}, "
            f"which cannot be read ({type(error).__name__}): train again."
        ) from error
