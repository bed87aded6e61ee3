"""A file under its name is the old one or the new one, whatever happens to who writes it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from epochal.whole_files import keep_previous, write_whole


def test_a_file_gets_its_name_when_it_is_complete(tmp_path):
    path = tmp_path / "file"

    def write(unfinished: Path) -> None:
        assert not path.exists()
        unfinished.write_text("new")

    write_whole(path, write)
    assert path.read_text() == "new"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_what_fails_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")

    def write(unfinished: Path) -> None:
        unfinished.write_text("ne")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, write)
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_link_stays_one_and_a_secret_file_secret(tmp_path):
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o600)
    link.symlink_to(path)
    write_whole(link, lambda unfinished: unfinished.write_text("new"))
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_left_overs_of_processes_that_were_killed_are_removed(tmp_path):
    child = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                           capture_output=True, text=True, check=True)  # fmt: skip
    host, ended = socket.gethostname(), child.stdout.strip()
    gone = tmp_path / f".unfinished-{host}-{ended}-file"
    with_token = tmp_path / f".unfinished-{host}-{ended}-0a1b2c3d-file"
    others = [
        tmp_path / f".unfinished-{host}-{os.getppid()}-file",  # is being written
        tmp_path / f".unfinished-{host}-{ended}-other",  # of another file
        tmp_path / f".unfinished-elsewhere-{ended}-file",  # of another machine
    ]
    for path in [gone, with_token, *others]:
        path.touch()
    write_whole(tmp_path / "file", Path.touch)
    assert not gone.exists()
    assert not with_token.exists()
    assert all(path.exists() for path in others)


def test_a_link_may_be_replaced_and_a_name_as_long_as_can_be(tmp_path):
    path, link = tmp_path / "file", tmp_path / f"{'n' * 250}.csv"
    path.write_text("old")
    link.symlink_to(path)
    write_whole(link, lambda unfinished: unfinished.write_text("new"), follow_link=False)
    assert not link.is_symlink()
    assert (path.read_text(), link.read_text()) == ("old", "new")


@pytest.mark.parametrize("links", [True, False])
def test_the_one_before_is_kept(tmp_path, monkeypatch, links):
    def no_link(*_: object) -> None:
        raise OSError("no links here")

    if not links:
        monkeypatch.setattr(os, "link", no_link)
    path, previous = tmp_path / "file", tmp_path / "before"
    keep_previous(path, previous)  # there is none
    for number in range(1, 4):
        keep_previous(path, previous)
        made = tmp_path / str(number)
        made.write_text(str(number))
        write_whole(path, made.rename)
    assert (path.read_text(), previous.read_text()) == ("3", "2")
