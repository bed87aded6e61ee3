"""A run folder is written whole or not at all, and a trained network is never thrown away."""

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain, count
from pathlib import Path

import keras

from epochal.errors import InputError
from epochal.runs.storage.folder import DEFAULT_PARENT

_log = logging.getLogger(__name__)

_NETWORK = "model.keras"


def folder_name(table: str, target: str) -> str:
    """A name for the folder of a run that every file system takes.

    Examples
    --------
    >>> folder_name("titanic.csv", "a/../b <b>")
    'titanic-a-..-b-b'
    """
    words = f"{Path(table).stem}-{target}"
    return re.sub(r"[^\w.-]+", "-", words).strip("-.")[:80] or "run"


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
        The final folder, which is there only when complete: `out`, or, where another run took
        that name in the meantime, the first free ``<out>-<number>``.

    Raises
    ------
    InputError
        The disk refuses. Nothing is left behind before the network is written; from then on
        the hidden folder is left, and the message names it (as a note of any other error does).
    """
    parent = DEFAULT_PARENT if out is None else Path(out).parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=parent))
    except OSError as error:
        raise _refused(parent, error, "Name another with --out.") from error
    try:
        hidden.chmod(0o755)
        write(hidden)
        return _rename(hidden, _names(out, parent, name))
    except BaseException as error:
        kept = _let_go(hidden)
        if isinstance(error, OSError):
            raise _refused(parent, error, kept or "Name another with --out.") from error
        if kept:
            error.add_note(kept)
        raise


def write_network(model: keras.Model, folder: Path) -> None:
    """Save the network; a file of its name is always a whole one."""
    unfinished = folder / f"unfinished-{_NETWORK}"
    model.save(unfinished)
    unfinished.rename(folder / _NETWORK)


def write_report(path: Path, make: Callable[[], str]) -> None:
    """Write the page that `make` gives; where that fails it is said, and the run stands."""
    try:
        path.write_text(make(), encoding="utf-8")
    except (Exception, KeyboardInterrupt) as error:
        path.unlink(missing_ok=True)
        _log.warning(
            "The report could not be written (%s): the run stands without it.",
            getattr(error, "strerror", None) or type(error).__name__,
        )


def _refused(parent: Path, error: OSError, remedy: str) -> InputError:
    return InputError(
        f"out must be a folder that can be written to, but {str(parent)!r} cannot "
        f"({error.strerror or error}). {remedy}"
    )


def _let_go(hidden: Path) -> str:
    """Delete the folder, unless it holds a trained network: then say where that is."""
    if (hidden / _NETWORK).is_file():
        return f"The trained network is kept in {str(hidden)!r}."
    shutil.rmtree(hidden, ignore_errors=True)
    return ""


def _names(out: "str | Path | None", parent: Path, name: str) -> Iterator[Path]:
    if out is None:
        return _free(parent, name, 1)
    return chain([Path(out)], _free(parent, Path(out).name, 2))


def _free(parent: Path, name: str, first: int) -> Iterator[Path]:
    """Numbered folders that are not there."""
    numbered = (parent / f"{name}-{number}" for number in count(first))
    return (path for path in numbered if not os.path.lexists(path))


def _rename(hidden: Path, candidates: Iterator[Path]) -> Path:
    """Rename to the first candidate that nobody else took in the meantime."""
    while True:
        path = next(candidates)
        try:
            return hidden.rename(path)  # refused where a folder with files is there
        except OSError:
            if not os.path.lexists(path):
                raise
