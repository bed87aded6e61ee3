"""Files that are whole or not there, however the process that writes them ends."""

import os
import secrets
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

_PREFIX = ".unfinished-"


def write_whole(
    path: "str | Path", write: Callable[[Path], object], *, follow_link: bool = True
) -> None:
    """Let `write` make a file beside `path`, bring it to the disk, then give it that name.

    Until then what stood at `path` stays, and where `write` fails it stays for good. What a process
    that was killed has left beside it is removed by the next one that writes this file.

    Parameters
    ----------
    path : str or Path
    write : callable
        Fills the file that it is given, whose name ends as `path` does; it is there, and empty.
    follow_link : bool
        Whether a link at `path` stays one, and the file that it names is written.
    """
    final = Path(os.path.realpath(path)) if follow_link else Path(path)
    _remove_left_over(final)
    unfinished = _new_file_beside(final)
    try:
        write(unfinished)
        if final.is_file():
            shutil.copymode(final, unfinished)
        sync(unfinished)
        os.replace(unfinished, final)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync(final.absolute().parent)


def keep_previous(path: Path, previous: Path) -> None:
    """Let `previous` name what stands at `path` as well: there is one of them at any moment."""
    if not path.is_file():
        return
    link = path.with_name(f"{_PREFIX}{_writer()}-{previous.name}")
    link.unlink(missing_ok=True)
    try:
        os.link(path, link)
    except OSError:  # a file system without links
        shutil.copyfile(path, link)
        sync(link)
    os.replace(link, previous)


def sync(path: Path) -> None:
    """Wait until a file or a folder's list of names is on the disk."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders
        return
    try:
        os.fsync(descriptor)
    except OSError:
        if path.is_file():  # some file systems sync no folders
            raise
    finally:
        os.close(descriptor)


def _writer() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


def _new_file_beside(final: Path) -> Path:
    """A new empty file, whose name nobody can foresee and take before."""
    made = final.with_name(f"{_PREFIX}{_writer()}-{secrets.token_hex(4)}{_end(final)}")
    os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return made


def _end(final: Path) -> str:
    """What tells the file that is meant, and its kind: no name may be much longer than it was."""
    return f"-{final.name[-100:]}"


def _remove_left_over(final: Path) -> None:
    """Remove what processes of this machine that are no more have left beside `final`."""
    start, end = f"{_PREFIX}{socket.gethostname()}-", _end(final)
    for path in final.parent.glob(f"{_PREFIX}*"):
        between = path.name.removeprefix(start).removesuffix(end)
        number = between.partition("-")[0]
        whole = path.name == f"{start}{between}{end}"
        if whole and number.isdecimal() and _has_ended(int(number)):
            path.unlink(missing_ok=True)


def _has_ended(process: int) -> bool:
    if os.name == "nt":  # there a signal 0 would end it
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return process == os.getpid()
