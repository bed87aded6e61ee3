"""Where the file of a large data set lies: EPOCHAL_DATA, the cache, or its address."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from epochal.data.datasets.download import download


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
    """EPOCHAL_CACHE, or the folder `epochal` where the platform keeps caches."""
    if named := os.environ.get("EPOCHAL_CACHE"):
        return Path(named)
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

    Raises
    ------
    InputError
        It is nowhere and its address does not give it.
    """
    found = local_file(folder, remote.name, *other_names)
    if found:
        return found
    destination = cache_folder() / folder / remote.name
    download(remote.address, destination, remote.checksum, remote.most_bytes)
    return destination
