"""The parent's side: peers as processes of their own, and rounds in which each trains an epoch.

In every round each peer runs one epoch while the others stand still, so that what disturbs the
machine for a while disturbs them all alike.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What one peer did. Seconds."""

    first: float
    """The first epoch, with building and compiling."""
    epochs: tuple[float, ...]
    """Each later epoch."""
    loss: float
    """Training loss of the last epoch: the peers did the same work."""
    facts: Mapping[str, float]
    """What else the peer reported with its last epoch."""

    @property
    def median(self) -> float:
        return median(self.epochs)


class Peer:
    """One process, `python -m MODULE ARGUMENTS`, that trains an epoch whenever it is told to."""

    def __init__(self, module: str, arguments: Sequence[str], environment: Mapping[str, str]):
        self._log = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115 - closed by __exit__
        self._command = [sys.executable, "-m", module, *arguments]
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**os.environ, **environment},
        )
        self._reports: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop(kill=kind is not None)

    def stop(self, *, kill: bool = False) -> None:
        """Close its input, which ends it, or end it at once."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        if kill:
            self._process.kill()
        self._process.wait()
        self._log.close()

    def begin(self, *task: str) -> None:
        """Have a peer of many tasks prepare the next one."""
        self._reports = []
        self._say(" ".join(task))

    def ask(self, *task: str) -> dict[str, Any]:
        """What a peer of many tasks answers to a task that is not timed."""
        self._say(" ".join(task))
        return self._hear()

    def wait_until_ready(self) -> None:
        self._hear()

    def run_epoch(self) -> None:
        self.begin_epoch()
        self.end_epoch()

    def begin_epoch(self) -> None:
        self._say("go")

    def end_epoch(self) -> None:
        self._reports.append(self._hear())

    def timing(self) -> Timing:
        first, *later = (report["seconds"] for report in self._reports)
        *_, last = self._reports
        facts = {name: value for name, value in last.items() if name not in ("seconds", "loss")}
        return Timing(first=first, epochs=tuple(later), loss=last["loss"], facts=facts)

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            self._fail()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._fail()
        heard: dict[str, Any] = json.loads(line)
        return heard

    def _fail(self) -> None:
        self._process.wait()
        self._log.seek(0)
        tail = "".join(self._log.readlines()[-30:])
        raise RuntimeError(f"{' '.join(self._command)} ended early:\n{tail}")


def take_turns(
    peers: Mapping[str, Peer], rounds: int, *, first_together: bool = False
) -> dict[str, Timing]:
    """A first epoch for each peer, then `rounds` rounds; the order turns from round to round.

    `first_together`: all run the first one, which compiles, at once. That takes less time, and
    the time of it says nothing.
    """
    for peer in peers.values():
        peer.wait_until_ready()
        if not first_together:
            peer.run_epoch()
    if first_together:
        for peer in peers.values():
            peer.begin_epoch()
        for peer in peers.values():
            peer.end_epoch()
    names = list(peers)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            peers[name].run_epoch()
    return {name: peer.timing() for name, peer in peers.items()}
