"""Where compiled programs are cached, and where they are not."""

import os

import pytest

from epochal.cli.compilation_cache import JAX, enable_compilation_cache


@pytest.fixture
def programs(monkeypatch, tmp_path):
    """Where programs are kept, beside a cache that is shared."""
    monkeypatch.setenv(JAX, "")  # so that it is put back
    monkeypatch.delenv(JAX)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("EPOCHAL_CACHE", str(tmp_path / "shared"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    return tmp_path / "own" / "epochal" / "programs"


def test_programs_are_kept_where_the_user_said(monkeypatch, programs):
    monkeypatch.setenv(JAX, "mine")
    enable_compilation_cache()
    assert os.environ[JAX] == "mine"
    assert not programs.exists()


def test_programs_are_kept_where_nobody_else_writes(programs, tmp_path):
    for _ in range(2):
        enable_compilation_cache()
        assert os.environ.pop(JAX) == str(programs)
    assert programs.stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "shared").exists()


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_programs_are_not_kept_where_others_may_write(programs, mode):
    programs.mkdir(parents=True)
    programs.chmod(mode)
    enable_compilation_cache()
    assert JAX not in os.environ


def test_programs_are_not_kept_in_a_folder_of_somebody_else(programs, monkeypatch):
    programs.mkdir(parents=True, mode=0o700)
    monkeypatch.setattr(os, "getuid", lambda: programs.stat().st_uid + 1)
    enable_compilation_cache()
    assert JAX not in os.environ


def test_programs_are_not_kept_where_no_folder_can_be_made(programs):
    programs.parent.parent.write_text("a file")
    enable_compilation_cache()
    assert JAX not in os.environ
