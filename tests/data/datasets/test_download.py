"""Downloads against a server on this machine: whole, resumed, broken off, wrong, refused."""

import hashlib
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from epochal.data.datasets import partial_download
from epochal.data.datasets.download import download
from epochal.errors import InputError

CONTENT = bytes(range(256)) * 20_000  # 5 MB: several blocks
LENGTH = len(CONTENT)
CHECKSUM = "sha256:" + hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """`ranges`: what was asked for. `breaks`: where the next answers break off.

    What is in `meanwhile` is called once, in the middle of the next answer.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges: list[str | None] = []
        self.breaks: list[int] = []
        self.meanwhile: list[Callable[[], None]] = []


class Handler(BaseHTTPRequestHandler):
    """Serves CONTENT; the test says how badly."""

    server: Server

    def do_GET(self):
        self.server.ranges.append(self.headers.get("Range"))
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        if self.path == "/missing":
            self.send_error(404)
            return
        if self.path == "/no-range":
            start = 0  # the whole file, with status 200
        if self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):  # the other end hangs up
                while True:
                    self.wfile.write(CONTENT)
            return
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        breaks, meanwhile = self.server.breaks, self.server.meanwhile
        stop = breaks.pop(0) if breaks else len(CONTENT)
        middle = (start + stop) // 2
        self.wfile.write(CONTENT[start:middle])
        if meanwhile:
            meanwhile.pop()()
        self.wfile.write(CONTENT[middle:stop])
        self.close_connection = True

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def address(server, path="/file"):
    return f"http://127.0.0.1:{server.server_port}{path}"


def test_a_file_is_fetched_whole(server, tmp_path):
    download(address(server), tmp_path / "new" / "file", CHECKSUM, LENGTH)
    assert (tmp_path / "new" / "file").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]
    assert server.ranges == [None]


def test_what_broke_off_is_resumed_at_once(server, tmp_path):
    server.breaks += [1_000_000, 3_000_000]
    download(address(server), tmp_path / "file", CHECKSUM, LENGTH)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=1000000-", "bytes=3000000-"]


def test_what_breaks_off_again_and_again_is_resumed_by_the_next_call(server, tmp_path):
    server.breaks += [1_000_000, 2_000_000, 3_000_000]
    with pytest.raises(
        InputError,
        match=r"file must be .*\(interrupted after 1000000 of 3120000.*: try again, which",
    ):
        download(address(server), tmp_path / "file", CHECKSUM, LENGTH)
    assert not (tmp_path / "file").exists()
    assert (tmp_path / "file.part").stat().st_size == 3_000_000
    download(address(server), tmp_path / "file", CHECKSUM, LENGTH)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=3000000-"


def test_a_part_that_is_already_whole_is_used(server, tmp_path):
    (tmp_path / "file.part").write_bytes(CONTENT)
    download(address(server), tmp_path / "file", CHECKSUM, LENGTH)
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_server_that_cannot_resume_is_read_from_the_start(server, tmp_path):
    (tmp_path / "file.part").write_bytes(CONTENT[:5000])
    download(address(server, "/no-range"), tmp_path / "file", CHECKSUM, LENGTH)
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_wrong_checksum_is_refused_and_nothing_is_left(server, tmp_path):
    with pytest.raises(InputError, match=r"must have the md5 sum 0+, got [0-9a-f]{32}: try again"):
        download(address(server), tmp_path / "file", "md5:" + 32 * "0", LENGTH)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_part_is_thrown_away(server, tmp_path):
    (tmp_path / "file.part").write_bytes(b"x" * 1000)
    with pytest.raises(InputError, match="try again"):
        download(address(server), tmp_path / "file", CHECKSUM, LENGTH)
    download(address(server), tmp_path / "file", CHECKSUM, LENGTH)
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_an_address_without_the_file_is_asked_once(server, tmp_path):
    with pytest.raises(
        InputError, match=r"must be downloaded from http.*/missing, got an error \(Not Found\)"
    ):
        download(address(server, "/missing"), tmp_path / "file", CHECKSUM, LENGTH)
    assert len(server.ranges) == 1


def test_an_unreachable_address_says_what_to_do(tmp_path):
    with pytest.raises(InputError) as caught:
        download("http://127.0.0.1:9/file", tmp_path / "set" / "file", CHECKSUM, LENGTH)
    sentence = str(caught.value)
    assert sentence.startswith("file must be downloaded from http://127.0.0.1:9/")
    assert sentence.endswith(
        f"download it yourself to {tmp_path / 'set'}, or set EPOCHAL_DATA to a folder that "
        "contains set/file."
    )


@pytest.mark.parametrize("path", ["/file", "/endless"])
@pytest.mark.parametrize("begun", [0, 1000])
def test_more_than_there_may_be_is_not_fetched(server, tmp_path, path, begun):
    if begun:
        (tmp_path / "file.part").write_bytes(CONTENT[:begun])
    with pytest.raises(
        InputError,
        match=rf"{path} must send at most {LENGTH - 1} bytes, got more, as the file "
        r"there has changed: download it yourself from elsewhere\.",
    ):
        download(address(server, path), tmp_path / "file", CHECKSUM, LENGTH - 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/file", "/no-range"])
@pytest.mark.parametrize("breaks", [[], [5_000_000, 1_000_000, 1_000_000, 1_000_000]])
def test_a_second_call_meanwhile_does_not_touch_what_the_first_has(server, tmp_path, path, breaks):
    second: list[str] = []

    def also() -> None:
        try:
            download(address(server, path), tmp_path / "file", CHECKSUM, LENGTH)
        except InputError as error:
            second.append(str(error))

    server.breaks += breaks
    server.meanwhile.append(also)
    download(address(server, path), tmp_path / "file", CHECKSUM, LENGTH)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert len(second) == bool(breaks)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_two_calls_that_end_together_leave_a_whole_file(server, tmp_path, monkeypatch):
    """The second begins after the first has verified what it has, before that has its name."""
    replace = os.replace

    def later(*names) -> None:
        monkeypatch.setattr(os, "replace", replace)
        server.breaks += [1_000_000, 2_000_000, 3_000_000]
        with pytest.raises(InputError, match="interrupted after"):
            download(address(server, "/no-range"), tmp_path / "file", CHECKSUM, LENGTH)
        replace(*names)

    monkeypatch.setattr(os, "replace", later)
    download(address(server, "/no-range"), tmp_path / "file", CHECKSUM, LENGTH)
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_part_that_was_renamed_while_it_was_opened_is_left_alone(tmp_path, monkeypatch):
    """As when another call ends just then: what this one has open is the whole file."""
    kept = tmp_path / "file.part"
    kept.write_bytes(CONTENT)
    flock = partial_download.fcntl.flock

    def late(file, how) -> None:
        kept.rename(tmp_path / "file")
        flock(file, how)

    monkeypatch.setattr(partial_download.fcntl, "flock", late)
    with partial_download.part_of(tmp_path / "file") as own:
        own.file.write(b"wrong")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_without_locks_each_call_begins_anew(server, tmp_path, monkeypatch):
    monkeypatch.setattr(partial_download, "fcntl", None)
    server.breaks += [1_000_000, 2_000_000, 3_000_000]
    with pytest.raises(InputError, match=r"\(interrupted after .*\): download it yourself"):
        download(address(server), tmp_path / "file", CHECKSUM, LENGTH)
    assert list(tmp_path.iterdir()) == []
    download(address(server), tmp_path / "file", CHECKSUM, LENGTH)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert server.ranges[-1] is None
