"""The run folder: written whole or not at all, and read with checks."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from epochal.checks import check_writable
from epochal.errors import InputError
from epochal.runs.record import RunRecord

FILES = (
    "run.json",
    "model.keras",
    "preprocessing.skops",
    "history.csv",
    "predictions.parquet",
    "report.html",
)
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

    Raises
    ------
    InputError
        No such folder, one that is no run, or one in which a file is missing.

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
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise InputError(
            f"The run must be a folder that `epochal train` wrote, but {str(path)!r} has no "
            f"{', '.join(missing)}. `epochal runs` lists the runs."
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


def check_out(out: "str | Path | None") -> None:
    """Refuse, before anything is trained, a place that a run cannot be written to.

    Raises
    ------
    InputError
        `out` is there already, lies under a file, or may not be written to.
    """
    path = DEFAULT_PARENT / "run" if out is None else Path(out)
    if out is not None and (path.is_file() or (path.is_dir() and any(path.iterdir()))):
        raise InputError(
            f"out must be a new folder, but {str(path)!r} is there already. Name another, or "
            "delete it."
        )
    check_writable("out must be a folder", path.absolute().parent, "Name another with --out.")


def write_run(out: "str | Path | None", name: str, write: Callable[[Path], None]) -> Path:
    """Let `write` fill a hidden folder beside the final one, then give it its final name.

    Parameters
    ----------
    out : str, Path or None
        The final folder; None takes the first free ``runs/<name>-<number>``.
    name : str
        What the run is about.
    write : callable
        Is given the hidden folder, and fills it.

    Returns
    -------
    Path
        The final folder, which is there only when complete.

    Raises
    ------
    InputError
        The disk refuses; nothing is left behind.
    """
    parent = DEFAULT_PARENT if out is None else Path(out).parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=parent))
        try:
            hidden.chmod(0o755)
            write(hidden)
            return _rename(hidden, [Path(out)] if out is not None else _free(parent, name))
        except BaseException:
            shutil.rmtree(hidden, ignore_errors=True)
            raise
    except OSError as error:
        raise InputError(
            f"out must be a folder that can be written to, but {str(parent)!r} cannot "
            f"({error.strerror or error}). Name another with --out."
        ) from error


def _free(parent: Path, name: str) -> Iterator[Path]:
    """Numbered folders that are not there, from the number after the last."""
    return (path for number in count(1) if not (path := parent / f"{name}-{number}").exists())


def _rename(hidden: Path, candidates: "list[Path] | Iterator[Path]") -> Path:
    """Rename to the first candidate that nobody else took in the meantime."""
    for path in candidates:
        try:
            hidden.rename(path)  # refused where a folder with files is there
        except OSError:
            if not path.exists():
                raise
        else:
            return path
    raise InputError(
        "out must be a new folder, but another run took it in the meantime. Name another."
    )
