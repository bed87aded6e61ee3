"""The files of large data sets: in EPOCHAL_DATA, in the cache, or downloaded."""

import hashlib
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from epochal.data.datasets.download import download
from epochal.errors import InputError


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """A file at its official address.

    Attributes
    ----------
    name : str
        Its name in the data set's folder.
    address : str
    checksum : str
        Algorithm and hexadecimal digest, such as "md5:c32a...".
    most_bytes : int
        An upper bound of its length: no more is downloaded.
    """

    name: str
    address: str
    checksum: str
    most_bytes: int


def cache_folder() -> Path:
    """EPOCHAL_CACHE, which may be common to several users, or `own_cache_folder`."""
    if named := os.environ.get("EPOCHAL_CACHE"):
        return Path(named)
    return own_cache_folder()


def own_cache_folder() -> Path:
    """The folder `epochal` in the platform's cache folder of this user."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "epochal"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "epochal"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "epochal"


def local_file(folder: str, *names: str) -> Path | None:
    """The first of `names` in the data set's folder, in EPOCHAL_DATA, then in the cache."""
    roots = [Path(named)] if (named := os.environ.get("EPOCHAL_DATA")) else []
    for root in [*roots, cache_folder()]:
        for name in names:
            if (root / folder / name).is_file():
                return root / folder / name
    return None


def obtain(folder: str, remote: RemoteFile, *other_names: str) -> Path:
    """Find the file under its name or another that the reader knows too, or download it.

    In the cache its checksum must be right: an interrupted browser leaves a partial file. A file
    in EPOCHAL_DATA is the user's own and may be compressed differently.

    Raises
    ------
    InputError
        The file is not found and cannot be downloaded, or the cached file is another one.
    """
    found = local_file(folder, remote.name, *other_names)
    destination = cache_folder() / folder / remote.name
    if found == destination:
        _verify(found, remote.checksum)
    if found:
        return found
    download(remote.address, destination, remote.checksum, remote.most_bytes)
    _note_verified(destination, remote.checksum)
    return destination


def _verify(path: Path, checksum: str) -> None:
    """Verify a file once: a note beside it records its size and time."""
    note = _note_of(path)
    try:
        if note.read_text() == _mark(path, checksum):
            return
    except (OSError, UnicodeDecodeError):
        pass  # not verified yet
    algorithm, _, expected = checksum.partition(":")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, algorithm).hexdigest()
    if found != expected:
        raise InputError(
            f"{path} must have the {algorithm} sum {expected}, got {found}: delete it to download "
            "it again."
        )
    _note_verified(path, checksum)


def _note_verified(path: Path, checksum: str) -> None:
    with suppress(OSError):  # in a read-only cache, it is verified each time
        _note_of(path).write_text(_mark(path, checksum))


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + ".verified")


def _mark(path: Path, checksum: str) -> str:
    status = path.stat()
    return f"{checksum} {status.st_size} {status.st_mtime_ns}"
