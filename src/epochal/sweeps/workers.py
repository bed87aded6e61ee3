"""Who is working on a study, and whether it is still alive.

Optuna knows that only of its own loop (`Study.optimize`), of some storages. Here a worker writes
down every `BEAT` seconds that it lives, as an attribute of the study: one that has not for
`PATIENCE` seconds is dead, and on this machine also one whose process is gone.
"""

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import time
from typing import Any
from uuid import uuid4

from optuna import Study
from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import SQLAlchemyError

BEAT, PATIENCE = 20.0, 120.0  # seconds
PREFIX = "worker "


@dataclass(frozen=True)
class Worker:
    """A call of `sweep` among all that work on its study."""

    name: str
    study: Study

    def beat(self, alive: bool = True) -> None:
        """Write down that it lives, or that it has ended."""
        seen = time() if alive else 0.0
        sign = {"place": _place(), "process": os.getpid(), "seen": seen}
        self.study.set_user_attr(f"{PREFIX}{self.name}", sign)

    def others(self) -> set[str]:
        """The names of the other workers that are alive."""
        return {
            name.removeprefix(PREFIX)
            for name, sign in self.study.user_attrs.items()
            if name.startswith(PREFIX) and name != f"{PREFIX}{self.name}" and is_alive(sign)
        }


@contextmanager
def working(study: Study) -> Iterator[Worker]:
    """Be one of the workers inside this."""
    worker, over = Worker(uuid4().hex[:12], study), Event()
    worker.beat()

    def beats() -> None:
        while not over.wait(BEAT):
            with suppress(StorageInternalError, SQLAlchemyError):  # of a database that is away
                worker.beat()

    thread = Thread(target=beats, name="epochal sweep", daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        over.set()
        thread.join()
        worker.beat(alive=False)


def is_alive(sign: Mapping[str, Any]) -> bool:
    """Whether who has left this sign of life is alive."""
    if time() - sign["seen"] > PATIENCE:
        return False
    if sign["place"] != _place():
        return True
    try:
        os.kill(sign["process"], 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is there, and another user's
        return True
    return True


def _place() -> str:
    """Where a process has its number: this machine, since its start, and of its container."""
    parts = [platform.node()]
    boot, space = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    if boot.exists() and space.exists():  # on Linux
        parts += [boot.read_text().strip(), os.readlink(space)]
    return " ".join(parts)
