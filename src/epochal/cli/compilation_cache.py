"""Where compiled programs are cached, so that a second run compiles nothing."""

import os
import stat
import sys
from pathlib import Path

from epochal.data.datasets.cache import own_cache_folder

JAX = "JAX_COMPILATION_CACHE_DIR"
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def enable_compilation_cache() -> None:
    """Enable JAX's cache on disk, before JAX is imported; a user's own setting stays.

    A library must not decide where files go, so only the command line does this. The programs are
    code: whoever can write them controls whoever runs them. So they are in a folder that only the
    user can write to, whatever EPOCHAL_CACHE says, or nowhere.
    """
    if JAX in os.environ:
        return
    try:
        folder = own_cache_folder() / "programs"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_private(folder):
            return
    except (OSError, RuntimeError):  # no folder can be made, or the user has no home
        return
    os.environ[JAX] = str(folder)
    # By default JAX does not cache what compiles within a second: most of a small network.
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")


def _is_private(folder: Path) -> bool:
    """Whether nobody else can write to the folder, as far as the platform can tell."""
    if sys.platform == "win32":
        return True
    status = folder.stat()
    return status.st_uid == os.getuid() and not status.st_mode & _WRITABLE_BY_OTHERS
