"""A file fetched once: resumed where it broke off, checked, then given its name."""

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
    """Fetch `address` to `destination`, which appears only whole and with its checksum.

    What has come so far lies beside it, under the name with `.part`, and the next call goes on
    from there. While one call is at work there, another fetches into a file of its own.

    Parameters
    ----------
    address : str
        http or https.
    checksum : str
        Algorithm and hexadecimal sum, such as "sha256:aaa5...".
    most_bytes : int
        The file is no longer than this: where more would come, the transfer ends.

    Raises
    ------
    InputError
        The address cannot be reached, the transfer breaks off three times, more comes than there
        may be, or the sum differs.
    """
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with part_of(destination) as part:
            _fetch(address, part, most_bytes)
            _verify(part, checksum, f"{destination.name} from {address}")
            part.become(destination)
    except (OSError, HTTPException) as error:
        begun = kept_path(destination).exists()
        again = "Try again: it goes on from there. Or fetch" if begun else "Fetch"
        raise InputError(
            f"{destination.name} is needed and could not be fetched from {address} "
            f"({_reason(error)}). {again} it yourself and put it into {destination.parent}, or "
            f"name a folder that holds {destination.parent.name}/{destination.name} in "
            "EPOCHAL_DATA."
        ) from error


def _verify(part: Part, checksum: str, what: str) -> None:
    algorithm, _, expected = checksum.partition(":")
    part.file.seek(0)
    found = hashlib.file_digest(part.file, algorithm).hexdigest()  # type: ignore[arg-type]
    if found != expected:
        part.empty()  # going on from a wrong file would never end
        raise InputError(
            f"{what} must have the {algorithm} sum {expected}, but it has {found}. Try again; if "
            "it stays so, the file at that address has changed."
        )


def _fetch(address: str, part: Part, most_bytes: int) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _fetch_rest(address, part, most_bytes)
            return
        except urllib.error.HTTPError:
            raise  # the server has answered: asking again gives the same
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
        if error.code == 416 and have:  # nothing is left to send: the checksum decides
            return
        raise
    with response:
        if response.status != 206:
            part.empty()
        if not _copy(response, part, most_bytes):
            part.empty()
            raise InputError(
                f"{address} must send no more than {most_bytes} bytes, but it sends more: the "
                "file there has changed. Fetch it yourself from elsewhere."
            )


def _copy(response: IO[bytes], part: Part, most_bytes: int) -> bool:
    """Add what comes to `part`; False as soon as it is known to be too long."""
    announced = int(response.headers.get("Content-Length") or 0)  # type: ignore[attr-defined]
    have, received = part.size(), 0
    while block := response.read(_BLOCK_BYTES):
        received += len(block)
        if have + max(received, announced) > most_bytes:
            return False
        part.file.write(block)
    if received < announced:
        raise ConnectionError(f"it broke off after {received} of {announced} bytes")
    return True


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", "") or error or type(error).__name__)
