"""The file of a download that is under way, which one call at a time has."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows: no call can tell whether another one is at work
    fcntl = None  # type: ignore[assignment]


@dataclass
class Part:
    """Open for reading and appending. `kept`: what has come is left for the next call."""

    path: Path
    file: IO[bytes]
    kept: bool
    renamed: bool = False

    def size(self) -> int:
        self.file.flush()
        return os.fstat(self.file.fileno()).st_size

    def empty(self) -> None:
        self.file.truncate(0)

    def become(self, destination: Path) -> None:
        """Give it its name; while it is locked where others may go on from it."""
        self.file.flush()
        if not self.kept:
            self.file.close()  # Windows renames no open file
        os.replace(self.path, destination)
        self.renamed = True

    def leave(self) -> None:
        """Close it; what nobody can go on from is deleted, while it is locked."""
        if self.kept and not self.renamed and not self.size():
            self.path.unlink(missing_ok=True)
        self.file.close()
        if not self.kept and not self.renamed:
            self.path.unlink(missing_ok=True)


def kept_path(destination: Path) -> Path:
    """Where the next call finds what has come so far."""
    return destination.with_name(destination.name + ".part")


@contextmanager
def part_of(destination: Path) -> Iterator[Part]:
    """What has come so far, or a new file of this call's own while another call has that."""
    part = _kept(kept_path(destination)) or _own(destination)
    try:
        yield part
    finally:
        part.leave()


def _kept(path: Path) -> Part | None:
    if fcntl is None:
        return None
    file = path.open("a+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its holder may have renamed or deleted it between the two lines above.
        free = os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:  # another call holds it, or the file system has no locks
        free = False
    if free:
        return Part(path, file, kept=True)
    file.close()
    return None


def _own(destination: Path) -> Part:
    path = destination.with_name(f"{destination.name}.{secrets.token_hex(8)}.part")
    return Part(path, path.open("x+b"), kept=False)
