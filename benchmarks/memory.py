"""How much memory a process needs beyond what it had."""

import re
import threading
from pathlib import Path
from time import perf_counter


def anonymous_megabytes() -> float:
    """Memory of this process that no file stands behind."""
    status = Path("/proc/self/status").read_text()
    match = re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)
    if match is None:
        raise RuntimeError("/proc/self/status names no RssAnon: this kernel is too old")
    return int(match.group(1)) / 1024


class PeakMemory:
    """Samples anonymous memory in a thread, every 10 ms, from `start` on."""

    def __init__(self) -> None:
        self._before = self._peak = self._began = self.seconds = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def start(self) -> None:
        self._before = self._peak = anonymous_megabytes()
        self._began = perf_counter()
        self._thread.start()

    def stop(self) -> None:
        self.seconds = perf_counter() - self._began
        self._done.set()
        self._thread.join()

    @property
    def growth(self) -> float:
        return self._peak - self._before

    def _sample(self) -> None:
        while not self._done.wait(0.01):
            self._peak = max(self._peak, anonymous_megabytes())
