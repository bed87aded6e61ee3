"""Where compiled programs are kept, so that a second run compiles nothing."""

import os
import stat
import sys
from pathlib import Path

from epochal.data.datasets.cache import own_cache_folder

JAX = "JAX_COMPILATION_CACHE_DIR"
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def enable_compilation_cache() -> None:
    """Turn on JAX's cache on disk, before JAX is imported; a user's own choice stands.

    A library must not decide where its user's files go, so only the command line does this. The
    programs are code: whoever writes them runs as whoever reads them. So they lie in a folder of
    the user's own, whatever EPOCHAL_CACHE says, and nowhere where that is not to be had.
    """
    if JAX in os.environ:
        return
    try:
        folder = own_cache_folder() / "programs"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_private(folder):
            return
    except (OSError, RuntimeError):  # it cannot be made, or the user has no home
        return
    os.environ[JAX] = str(folder)
    # JAX leaves out what compiles within a second, which is most of a small network.
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")


def _is_private(folder: Path) -> bool:
    """Whether nobody else can write there, as far as the platform tells."""
    if sys.platform == "win32":
        return True
    status = folder.stat()
    return status.st_uid == os.getuid() and not status.st_mode & _WRITABLE_BY_OTHERS
