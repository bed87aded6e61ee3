"""A run folder is written completely or not at all, and a trained network is never lost."""

import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator
from itertools import chain, count
from pathlib import Path

import keras

from epochal.characters import escape_controls
from epochal.runs.storage.folder import DEFAULT_PARENT
from epochal.runs.storage.workspace import Workspace, write_error
from epochal.whole_files import sync, write_whole

_log = logging.getLogger(__name__)

_NETWORK = "model.keras"


def folder_name(table: str, target: str) -> str:
    """A name for a run's folder that is valid on every file system.

    Examples
    --------
    >>> folder_name("titanic.csv", "a/../b <b>")
    'titanic-a-..-b-b'
    """
    words = f"{Path(table).stem}-{target}"
    return re.sub(r"[^\w.-]+", "-", words).strip("-.")[:80] or "run"


def write_run(
    out: "str | Path | None", name: str, write: Callable[[Path], None], made: Workspace
) -> Path:
    """Let `write` fill the folder of a run, then give it its final name.

    Parameters
    ----------
    out : str, Path or None
        The final folder; None takes the first free ``runs/<name>-<number>``.
    name : str
        As `folder_name` gives it.
    write : callable
        Fills the folder that it is given.
    made : Workspace
        Where that is until it is complete, beside the final one.

    Returns
    -------
    Path
        The final folder, which exists only when complete, and on the disk: `out`, or, where another
        process created that one, the first free ``<out>-<number>``.

    Raises
    ------
    InputError
        The folder cannot be written.
    """
    parent = parent_of(out)
    try:
        shutil.rmtree(made.run, ignore_errors=True)  # of one that was killed
        made.run.mkdir()
        write(made.run)
        for path in made.run.iterdir():
            sync(path)
        sync(made.run)
        final = _rename(made.run, _candidates(out, parent, name))
        sync(parent)
    except OSError as error:
        raise write_error(parent, error, _remedy(made)) from error
    return final


def parent_of(out: "str | Path | None") -> Path:
    """The folder in which a run is written."""
    return DEFAULT_PARENT if out is None else Path(out).parent


def _remedy(made: Workspace) -> str:
    if (made.run / _NETWORK).is_file():
        return f"the trained network is kept in {str(made.run)!r}"
    if made.kept:
        return "what has been trained is kept, and the same command goes on with it"
    return "give another with --out"


def write_network(model: keras.Model, folder: Path) -> None:
    """Save the network; a file of its name is always complete."""
    write_whole(folder / _NETWORK, model.save)


def write_report(path: Path, make: Callable[[], str]) -> None:
    """Write the page that `make` gives; where that fails a warning is logged, and the run kept."""
    try:
        # The texts are of the data: an ESC would reach who prints the page in a terminal.
        path.write_text(escape_controls(make()), encoding="utf-8")
    except (Exception, KeyboardInterrupt) as error:
        path.unlink(missing_ok=True)
        _log.warning(
            "The report could not be written (%s): the run was saved without it.",
            getattr(error, "strerror", None) or type(error).__name__,
        )


def _candidates(out: "str | Path | None", parent: Path, name: str) -> Iterator[Path]:
    if out is None:
        return _numbered(parent, name, 1)
    return chain([Path(out)], _numbered(parent, Path(out).name, 2))


def _numbered(parent: Path, name: str, first: int) -> Iterator[Path]:
    """Numbered folders that do not exist."""
    numbered = (parent / f"{name}-{number}" for number in count(first))
    return (path for path in numbered if not os.path.lexists(path))


def _rename(hidden: Path, candidates: Iterator[Path]) -> Path:
    """Rename to the first candidate that no other process has created."""
    while True:
        path = next(candidates)
        try:
            return hidden.rename(path)  # fails where there is a folder with files
        except OSError:
            if not os.path.lexists(path):
                raise
