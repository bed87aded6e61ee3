"""Files that are whole or not there, however the process that writes them ends."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from pathlib import Path
from typing import Any

import keras

_PREFIX = ".unfinished-"


def write_whole(path: "str | Path", write: Callable[[Path], object]) -> None:
    """Let `write` make a file beside `path`, bring it to the disk, then give it that name.

    Until then what stood at `path` stays, and where `write` fails it stays for good. What a process
    that was killed has left beside it is removed by the next one that writes this file.
    """
    final = Path(os.path.realpath(path))  # a link stays one
    unfinished = final.with_name(f"{_PREFIX}{_writer()}-{final.name}")
    _remove_left_over(final)
    try:
        write(unfinished)
        if final.is_file():
            shutil.copymode(final, unfinished)
        sync(unfinished)
        os.replace(unfinished, final)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync(final.parent)


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


@contextmanager
def whole_files(model: keras.Model) -> Iterator[None]:
    """Inside this, `model.save` and `model.save_weights` replace a file once it is complete.

    A model is saved by callbacks in the middle of a training that may be killed at any moment.
    """
    names = ("save", "save_weights")
    before = {name: vars(model)[name] for name in names if name in vars(model)}
    for name in names:
        # Around the model's own __setattr__, which would track it.
        object.__setattr__(model, name, _whole(getattr(model, name)))
    try:
        yield
    finally:
        for name in names:
            vars(model).pop(name, None)
        vars(model).update(before)


def _whole(method: Callable[..., None]) -> Callable[..., None]:
    @wraps(method)
    def saved(filepath: Any, overwrite: bool = True, **options: Any) -> None:
        if overwrite and not any(options.values()) and _is_local_file(filepath):
            write_whole(filepath, partial(method, overwrite=True, **options))
        else:
            method(filepath, overwrite=overwrite, **options)

    return saved


def _is_local_file(path: Any) -> bool:
    """Whether it names a file that is, or can be, on this machine: no folder, pipe or address."""
    if not isinstance(path, str | os.PathLike) or "://" in str(path):
        return False
    return os.path.isfile(path) or not os.path.exists(path)


def _writer() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


def _remove_left_over(final: Path) -> None:
    """Remove what processes of this machine that are no more have left beside `final`."""
    start, end = f"{_PREFIX}{socket.gethostname()}-", f"-{final.name}"
    for path in final.parent.glob(f"{_PREFIX}*"):
        number = path.name.removeprefix(start).removesuffix(end)
        if path.name == f"{start}{number}{end}" and number.isdecimal() and _has_ended(int(number)):
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
