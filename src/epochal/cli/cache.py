"""Where compiled programs are kept, so that a second run compiles nothing."""

import os

from epochal.data.datasets.files import cache_folder

JAX = "JAX_COMPILATION_CACHE_DIR"


def keep_programs() -> None:
    """Turn on JAX's cache on disk, before JAX is imported; a user's own choice stands.

    A library must not decide where its user's files go, so only the command line does this.
    """
    if JAX in os.environ:
        return
    os.environ[JAX] = str(cache_folder() / "programs")
    # JAX leaves out what compiles within a second, which is most of a small network.
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
