"""Where the file of a large data set lies: EPOCHAL_DATA, the cache, or its address."""

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
        Algorithm and hexadecimal sum, such as "md5:c32a...".
    most_bytes : int
        Its length, or a round number above it: more than that is not fetched.
    """

    name: str
    address: str
    checksum: str
    most_bytes: int


def cache_folder() -> Path:
    """EPOCHAL_CACHE, which users may share, or `own_cache_folder`."""
    if named := os.environ.get("EPOCHAL_CACHE"):
        return Path(named)
    return own_cache_folder()


def own_cache_folder() -> Path:
    """The folder `epochal` where the platform keeps the caches of this user."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "epochal"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "epochal"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "epochal"


def local_file(folder: str, *names: str) -> Path | None:
    """The first of `names` in the folder of the data set, in EPOCHAL_DATA, then in the cache."""
    roots = [Path(named)] if (named := os.environ.get("EPOCHAL_DATA")) else []
    for root in [*roots, cache_folder()]:
        for name in names:
            if (root / folder / name).is_file():
                return root / folder / name
    return None


def obtain(folder: str, remote: RemoteFile, *other_names: str) -> Path:
    """The file, under its name or another that the reader knows too; fetched if nowhere.

    Under its name in the cache it must be the file of the address, to the byte: a browser that was
    stopped leaves a half one. What lies in EPOCHAL_DATA is the user's own, and may be packed anew.

    Raises
    ------
    InputError
        It is nowhere and its address does not give it, or the cache holds another file.
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
    """Once for a file: what is written beside it says that it is still the same."""
    note = _note_of(path)
    try:
        if note.read_text() == _mark(path, checksum):
            return
    except (OSError, UnicodeDecodeError):
        pass  # there is none yet
    algorithm, _, expected = checksum.partition(":")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, algorithm).hexdigest()
    if found != expected:
        raise InputError(
            f"{path} must have the {algorithm} sum {expected}, but it has {found}: delete it, and "
            "it is fetched again."
        )
    _note_verified(path, checksum)


def _note_verified(path: Path, checksum: str) -> None:
    with suppress(OSError):  # in a cache that cannot be written to, it is verified each time
        _note_of(path).write_text(_mark(path, checksum))


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + ".verified")


def _mark(path: Path, checksum: str) -> str:
    status = path.stat()
    return f"{checksum} {status.st_size} {status.st_mtime_ns}"
