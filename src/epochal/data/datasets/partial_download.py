"""The file of a partial download, which one call at a time may write."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows: no lock tells whether another call writes
    fcntl = None  # type: ignore[assignment]


@dataclass
class Part:
    """The file, open for reading and appending; `kept` where the next call may resume it."""

    path: Path
    file: IO[bytes]
    kept: bool
    renamed: bool = False

    def size(self) -> int:
        """Bytes so far."""
        self.file.flush()
        return os.fstat(self.file.fileno()).st_size

    def empty(self) -> None:
        """Delete what was downloaded."""
        self.file.truncate(0)

    def become(self, destination: Path) -> None:
        """Rename it, while it is locked where others may resume it."""
        self.file.flush()
        if not self.kept:
            self.file.close()  # Windows does not rename open files
        os.replace(self.path, destination)
        self.renamed = True

    def leave(self) -> None:
        """Close it; delete what cannot be resumed, while it is locked."""
        if self.kept and not self.renamed and not self.size():
            self.path.unlink(missing_ok=True)
        self.file.close()
        if not self.kept and not self.renamed:
            self.path.unlink(missing_ok=True)


def kept_path(destination: Path) -> Path:
    """The file that the next call resumes."""
    return destination.with_name(destination.name + ".part")


@contextmanager
def part_of(destination: Path) -> Iterator[Part]:
    """The partial download, or a new file while another call writes to that one."""
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
        # Another call may have renamed or deleted it between the two lines above.
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
