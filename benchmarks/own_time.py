"""A clock for how soon a process answers, on a machine where others want the cores too.

It stands while the process' main thread is ready to run and no core is free. What the thread waits
for otherwise counts, a lock or the disk, and so does all that it computes.
"""

import os
import time
from pathlib import Path


def own_time(process: int | None = None) -> float:
    """Seconds from some moment on, of this process or another that lives."""
    return time.monotonic() - without_a_core(process or os.getpid())


def without_a_core(process: int) -> float:
    """Seconds so far that the main thread was ready and got no core; 0 where no system says it."""
    try:
        told = Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()
    except OSError:  # it has ended, or this is no Linux
        return 0.0
    return int(told[1]) / 1e9
