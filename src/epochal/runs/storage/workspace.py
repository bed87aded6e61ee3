"""The hidden folder in which a run is made: what a killed one leaves, and the next goes on with.

Its name says what run it is of, by a fingerprint of all that the run follows from, so that the same
command finds it again. It holds the fits that have been kept, and the run's folder until that is
complete. A lock tells whether a process is at work in it, and ends with that process.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from epochal.errors import InputError

PREFIX = ".unfinished-"
_LOCK, _ABOUT = "lock", "about.json"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """Where a run is made.

    Attributes
    ----------
    path : Path
        The hidden folder.
    command : str
        The command line that goes on with the run; "" where it is not known.
    """

    path: Path
    command: str

    @property
    def fits(self) -> Path:
        """Where fits are kept."""
        return self.path / "fits"

    @property
    def run(self) -> Path:
        """The folder of the run, until it is complete and gets its name."""
        return self.path / "run"

    @property
    def kept(self) -> int:
        """How many fits are kept, those that were under way among them."""
        return sum(1 for path in self.fits.glob("*.fit"))

    @property
    def in_use(self) -> bool:
        """Whether a process is at work in it."""
        try:
            with _locked(self.path) as mine:
                return not mine
        except OSError:
            return False


@contextmanager
def workspace(parent: Path, name: str, fingerprint: str, command: str) -> Iterator[Workspace]:
    """Make the run `name` in a hidden folder of `parent`: the one that a killed process has left.

    Afterwards it is removed, unless the run failed and something is kept in it that is worth it.

    Raises
    ------
    InputError
        The folder cannot be written.
    """
    new = [each for each in (parent, *parent.parents) if not each.exists()]
    with ExitStack() as stack:
        try:
            made = _taken(stack, parent, name, fingerprint, command)
        except OSError as error:
            raise write_error(parent, error, "give another with --out") from error
        try:
            yield made
        except BaseException as error:
            if not _is_left(made, error):
                shutil.rmtree(made.path, ignore_errors=True)
                for folder in new:
                    with suppress(OSError):  # somebody has put something there meanwhile
                        folder.rmdir()
            raise
        shutil.rmtree(made.path, ignore_errors=True)


def _taken(stack: ExitStack, parent: Path, name: str, fingerprint: str, command: str) -> Workspace:
    """The first folder of that name in which no process is at work, locked until the stack ends."""
    short = re.sub(r"[^\w.-]+", "-", name)[:80]
    start = f"{PREFIX}{short}-{fingerprint[:16]}"
    for number in count(1):
        path = parent / (start if number == 1 else f"{start}-{number}")
        path.mkdir(parents=True, exist_ok=True)
        try:
            mine = stack.enter_context(_locked(path))
        except FileNotFoundError:  # its process has ended just now, and removed it
            continue
        if mine:
            about = json.dumps({"command": command}) + "\n"
            (path / _ABOUT).write_text(about, encoding="utf-8")
            return Workspace(path=path, command=command)
    raise AssertionError  # `count` has no end


def _is_left(made: Workspace, error: BaseException) -> bool:
    """Whether it has what is worth to go on with; then the error says so."""
    refused = isinstance(error, InputError) and not isinstance(error.__cause__, OSError)
    if (made.run / "model.keras").is_file():
        kept = f"The trained network is kept in {str(made.run)!r}."
    elif made.kept and not refused:
        kept = "What has been trained is kept: the same command goes on with it."
    else:
        return False
    if not isinstance(error, InputError):  # whose sentence says it
        error.add_note(kept)
    return True


def write_error(parent: Path, error: OSError, remedy: str) -> InputError:
    """What is said where a folder cannot be written."""
    return InputError(
        f"out must be in a writable folder, got {str(parent)!r} ({error.strerror or error}): "
        f"{remedy}."
    )


def unfinished_runs(parent: "str | Path") -> list[Workspace]:
    """What killed processes have left in a folder, and what others are at work in."""
    found = []
    for path in sorted(Path(parent).glob(f"{PREFIX}*")):
        if path.is_symlink() or not (path / _LOCK).is_file():
            continue
        found.append(Workspace(path=path, command=_command(path)))
    return found


def _command(path: Path) -> str:
    try:
        return str(json.loads((path / _ABOUT).read_text(encoding="utf-8"))["command"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""  # killed before its first line


def remove_unfinished(parent: "str | Path") -> list[Workspace]:
    """Remove those in which no process is at work, and say which they were."""
    removed = []
    for each in unfinished_runs(parent):
        with _locked(each.path) as mine:
            if mine:
                shutil.rmtree(each.path)
                removed.append(each)
    return removed


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold the lock of a folder; False where another holds it, or has removed the folder."""
    path = folder / _LOCK
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        yield _lock(descriptor) and _is_still(path, descriptor)
    finally:
        os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> bool:
    if os.name == "nt":
        import msvcrt  # noqa: PLC0415

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    import fcntl  # noqa: PLC0415

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
