"""The peer's side of a measurement: one epoch at a time, each begun when the parent says so.

The time of an epoch runs from the parent's word to the moment when the peer stands before its
next epoch, so that nothing between two epochs escapes it.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping


class Gate:
    """Speaks with the parent over stdin and stdout; what libraries print goes to stderr."""

    def __init__(self) -> None:
        self._parent = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)
        self._started = 0.0

    def tasks(self) -> Iterator[list[str]]:
        """What a peer of many tasks is asked for, in words, until the parent closes the pipe."""
        for line in iter(sys.stdin.readline, ""):
            yield line.split()

    def answer(self, **facts: str | float) -> None:
        """Tell the parent what it asked for."""
        self._tell(facts)

    def ready(self) -> None:
        """Say that everything before the first epoch is done, and wait for the parent's word."""
        self._tell({"ready": True})
        self._wait()

    def finished(self, loss: float, *, last: bool, **facts: float) -> None:
        """Report the epoch that ran since the last word, then wait for the next one."""
        seconds = time.perf_counter() - self._started
        self._tell({"seconds": seconds, "loss": loss, **facts})
        if not last:
            self._wait()

    def _tell(self, message: Mapping[str, str | float]) -> None:
        self._parent.write(json.dumps(message) + "\n")

    def _wait(self) -> None:
        if not sys.stdin.readline():
            raise SystemExit("the parent is gone")
        self._started = time.perf_counter()
