"""The run folder: where one may be written, and how one is read."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from epochal.checks import check_path, check_writable
from epochal.errors import InputError
from epochal.explanation.importances import Importances
from epochal.plots.learning_curves import learning_curves
from epochal.runs.storage.record import RunRecord
from epochal.runs.storage.workspace import PREFIX
from epochal.scoring.table import score_headings, score_rows
from epochal.summary import html_summary
from epochal.translation import translate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FILES = (
    "run.json",
    "model.keras",
    "preprocessing.skops",
    "history.csv",
    "predictions.parquet",
    "report.html",
)
REQUIRED = tuple(name for name in FILES if name != "report.html")
"""A folder without these is no run; one whose report could not be written is."""

DEFAULT_PARENT = Path("runs")


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """A run on disk.

    Attributes
    ----------
    path : Path
        The folder.
    record : RunRecord
        The content of its `run.json`.
    """

    path: Path
    record: RunRecord

    @property
    def conclusion(self) -> str:
        """Which model to take, and what that rests on, in one sentence."""
        return self.record.conclusion

    @property
    def importances(self) -> Importances | None:
        """How much the headline score rests on each column; None where it was not measured."""
        return self.record.importances

    @property
    def report(self) -> Path:
        """The report, one HTML page; it may be missing."""
        return self.path / "report.html"

    @property
    def model(self) -> Path:
        """The trained network."""
        return self.path / "model.keras"

    @property
    def preprocessing(self) -> Path:
        """The fitted preprocessing."""
        return self.path / "preprocessing.skops"

    @property
    def predictions(self) -> Path:
        """The predictions on the test rows."""
        return self.path / "predictions.parquet"

    def _repr_html_(self) -> str:
        record = self.record
        state = "" if record.state == "complete" else f" ({translate(record.state)})"
        return html_summary(
            f"{record.name}: {', '.join(record.task['target'])}{state}",
            record.network,
            record.training["diagnosis"]["line"],
            translate("on the test rows, with 95% confidence intervals:"),
            table=(score_headings(record.scores), score_rows(record.scores)),
            picture=self._curves,
            alt=translate("loss by epoch, for training and validation"),
            link=(str(self.report), translate("the report")) if self.report.is_file() else None,
        )

    def _curves(self) -> "Figure":
        history = pd.read_csv(self.path / "history.csv")
        kept = [name for name in ("loss", "val_loss") if name in history]
        return learning_curves({name: history[name].to_numpy() for name in kept})


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
        There is no such folder, or a file of a run is missing, empty or damaged in it.

    Examples
    --------
    >>> read_run("runs/titanic-survived-1").record.state  # doctest: +SKIP
    'complete'
    """
    folder = check_path("The run", path)
    if not folder.is_dir():
        raise InputError(
            f"The run must be an existing folder, got {str(path)!r}: `epochal runs` lists the runs."
        )
    missing = [name for name in REQUIRED if not (folder / name).is_file()]
    if missing:
        raise InputError(
            f"The run must be a folder that `epochal train` wrote, got {str(path)!r} without "
            f"{', '.join(missing)}: `epochal runs` lists the runs."
        )
    empty = [name for name in REQUIRED if not (folder / name).stat().st_size]
    if empty:
        raise InputError(
            f"The run must be a folder that `epochal train` wrote, got {str(path)!r} with an empty "
            f"{', '.join(empty)}: train again."
        )
    return RunFolder(path=folder, record=RunRecord.read(folder / "run.json"))


def list_runs(parent: "str | Path" = DEFAULT_PARENT) -> list[RunFolder]:
    """The runs in a folder, the oldest first; everything else in it is skipped.

    Parameters
    ----------
    parent : str or Path

    Returns
    -------
    list of RunFolder

    Raises
    ------
    InputError
        `parent` is not a folder.
    """
    parent = check_path("The folder of the runs", parent)
    if not parent.is_dir():
        raise InputError(
            f"The runs must be in an existing folder, got {str(parent)!r}: give another, or train "
            "first."
        )
    found = []
    for path in sorted(parent.iterdir()):
        if path.name.startswith(PREFIX):
            continue
        try:
            found.append(read_run(path))
        except InputError:
            continue
    return sorted(found, key=lambda run: run.record.created)


def damaged_runs(parent: "str | Path" = DEFAULT_PARENT) -> list[Path]:
    """The folders in a folder with a `run.json` that cannot be read as runs."""
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
    """Refuse, before anything is trained, a folder that a run cannot be written to.

    Parameters
    ----------
    out : str, Path or None
        None is a numbered folder under ``runs``.

    Raises
    ------
    InputError
        `out` exists (even as an empty folder or a link: neither can be replaced on every system),
        is in a file or a folder that is not writable, or is no valid name.
    """
    path = DEFAULT_PARENT / "run" if out is None else Path(out)
    if out is not None and _exists(path):
        raise InputError(
            f"out must be a new folder, got {str(path)!r}, which exists: give another name, or "
            "delete it."
        )
    check_writable("out must be a folder", path.absolute().parent, "give another with --out")


def _exists(path: Path) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:  # too long, or with a character that is not allowed
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"out must be a valid folder name, got {str(path)!r} ({reason}): give another name."
        ) from error
    return True
