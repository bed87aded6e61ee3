"""Downloads: resumed where they were interrupted, verified, then given their name."""

import hashlib
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import IO

from epochal.data.datasets.partial_download import Part, kept_path, part_of
from epochal.errors import InputError

_BLOCK_BYTES = 1 << 20
_TIMEOUT_SECONDS = 30
_ATTEMPTS = 3


def download(address: str, destination: Path, checksum: str, most_bytes: int) -> None:
    """Download `address` to `destination`, which appears only complete and verified.

    A partial download is kept beside it with the extension `.part`, and the next call resumes it.
    While one call writes there, another downloads to its own file.

    Parameters
    ----------
    address : str
        http or https.
    checksum : str
        Algorithm and hexadecimal digest, such as "sha256:aaa5...".
    most_bytes : int
        An upper bound of the length: a longer transfer is stopped.

    Raises
    ------
    InputError
        The address cannot be reached, the transfer fails three times, the file is too long, or
        the checksum differs.
    """
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with part_of(destination) as part:
            _fetch(address, part, most_bytes)
            _verify(part, checksum, f"{destination.name} from {address}")
            part.become(destination)
    except (OSError, HTTPException) as error:
        begun = kept_path(destination).exists()
        again = "try again, which resumes the download, or download" if begun else "download"
        raise InputError(
            f"{destination.name} must be downloaded from {address}, got an error "
            f"({_reason(error)}): {again} it yourself to {destination.parent}, or set EPOCHAL_DATA "
            f"to a folder that contains {destination.parent.name}/{destination.name}."
        ) from error


def _verify(part: Part, checksum: str, what: str) -> None:
    algorithm, _, expected = checksum.partition(":")
    part.file.seek(0)
    found = hashlib.file_digest(part.file, algorithm).hexdigest()  # type: ignore[arg-type]
    if found != expected:
        part.empty()  # resuming a wrong file would never succeed
        raise InputError(
            f"{what} must have the {algorithm} sum {expected}, got {found}: try again; if that "
            "fails, the file at that address has changed."
        )


def _fetch(address: str, part: Part, most_bytes: int) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _fetch_rest(address, part, most_bytes)
            return
        except urllib.error.HTTPError:
            raise  # the server has answered: another attempt gives the same
        except (OSError, HTTPException):
            if attempt == _ATTEMPTS or not part.size():
                raise


def _fetch_rest(address: str, part: Part, most_bytes: int) -> None:
    have = part.size()
    request = urllib.request.Request(address, headers={"User-Agent": "epochal"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # complete: the checksum decides
            return
        raise
    with response:
        if response.status != 206:
            part.empty()
        if not _copy(response, part, most_bytes):
            part.empty()
            raise InputError(
                f"{address} must send at most {most_bytes} bytes, got more, as the file there has "
                "changed: download it yourself from elsewhere."
            )


def _copy(response: IO[bytes], part: Part, most_bytes: int) -> bool:
    """Append the response to `part`; False as soon as it is too long."""
    announced = int(response.headers.get("Content-Length") or 0)  # type: ignore[attr-defined]
    have, received = part.size(), 0
    while block := response.read(_BLOCK_BYTES):
        received += len(block)
        if have + max(received, announced) > most_bytes:
            return False
        part.file.write(block)
    if received < announced:
        raise ConnectionError(f"interrupted after {received} of {announced} bytes")
    return True


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", "") or error or type(error).__name__)
