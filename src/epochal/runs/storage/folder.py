"""The run folder: where one may be written, and read with checks."""

import os
from dataclasses import dataclass
from pathlib import Path

from epochal.checks import check_writable
from epochal.errors import InputError
from epochal.runs.storage.record import RunRecord

FILES = (
    "run.json",
    "model.keras",
    "preprocessing.skops",
    "history.csv",
    "predictions.parquet",
    "report.html",
)
NEEDED = tuple(name for name in FILES if name != "report.html")
"""Without these it is no run; a report that could not be written takes nothing from it."""

DEFAULT_PARENT = Path("runs")


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """A run on disk.

    Attributes
    ----------
    path : Path
        The folder.
    record : RunRecord
        What its `run.json` says.
    """

    path: Path
    record: RunRecord

    @property
    def report(self) -> Path:
        return self.path / "report.html"

    @property
    def model(self) -> Path:
        return self.path / "model.keras"

    @property
    def preprocessing(self) -> Path:
        return self.path / "preprocessing.skops"

    @property
    def predictions(self) -> Path:
        return self.path / "predictions.parquet"


def read_run(path: "str | Path") -> RunFolder:
    """Open a run folder.

    Parameters
    ----------
    path : str or Path
        A run folder, as `epochal train` writes it.

    Returns
    -------
    RunFolder
        Its record, and where its files lie.

    Raises
    ------
    InputError
        No such folder, one that is no run, or one in which a file is missing or empty.

    Examples
    --------
    >>> read_run("runs/titanic-survived-1").record.state  # doctest: +SKIP
    'complete'
    """
    folder = Path(path)
    if not folder.is_dir():
        raise InputError(
            f"The run must be a folder, but there is no folder {str(path)!r}. "
            "`epochal runs` lists the runs."
        )
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise InputError(
            f"The run must be a folder that `epochal train` wrote, but {str(path)!r} has no "
            f"{', '.join(missing)}. `epochal runs` lists the runs."
        )
    empty = [name for name in NEEDED if not (folder / name).stat().st_size]
    if empty:
        raise InputError(
            f"The run must be a folder that `epochal train` wrote, but {', '.join(empty)} in "
            f"{str(path)!r} is empty. Train again."
        )
    return RunFolder(path=folder, record=RunRecord.read(folder / "run.json"))


def list_runs(parent: "str | Path" = DEFAULT_PARENT) -> list[RunFolder]:
    """The runs in a folder, the oldest first; what is no run is passed over.

    Raises
    ------
    InputError
        `parent` is no folder.
    """
    parent = Path(parent)
    if not parent.is_dir():
        raise InputError(
            f"The runs must lie in a folder, but there is no folder {str(parent)!r}. "
            "Name it, or train first."
        )
    found = []
    for path in sorted(parent.iterdir()):
        try:
            found.append(read_run(path))
        except InputError:
            continue
    return sorted(found, key=lambda run: run.record.created)


def damaged_runs(parent: "str | Path" = DEFAULT_PARENT) -> list[Path]:
    """The folders in a folder that hold a record, but cannot be read as a run."""
    return [path for path in sorted(Path(parent).iterdir()) if _is_damaged(path)]


def _is_damaged(path: Path) -> bool:
    if not (path / "run.json").is_file():
        return False
    try:
        read_run(path)
    except InputError:
        return True
    return False


def check_out(out: "str | Path | None") -> None:
    """Refuse, before anything is trained, a place that a run cannot be written to.

    Raises
    ------
    InputError
        `out` is there already (an empty folder and a link, too: neither can be replaced
        everywhere), lies under a file, cannot be a name, or may not be written to.
    """
    path = DEFAULT_PARENT / "run" if out is None else Path(out)
    if out is not None and _is_there(path):
        raise InputError(
            f"out must be a new folder, but {str(path)!r} is there already. Name another, or "
            "delete it."
        )
    check_writable("out must be a folder", path.absolute().parent, "Name another with --out.")


def _is_there(path: Path) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:  # too long, or with a character that no name may have
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"out must be the name of a new folder, but {str(path)!r} cannot be one ({reason}). "
            "Name another."
        ) from error
    return True
