"""Where a run is made: found again by the same run, locked while a process is at work in it."""

import os
import subprocess
import sys
from contextlib import suppress

import pytest

from epochal.errors import InputError
from epochal.runs.storage.workspace import remove_unfinished, unfinished_runs, workspace

ONE, OTHER = "1" * 64, "2" * 64
COMMAND = "epochal train t.csv --target y --seed 0"


def keep_a_fit(made):
    made.fits.mkdir(exist_ok=True)
    (made.fits / "one.fit").touch()


def leave_behind(folder, fingerprint=ONE):
    """What a process that was killed leaves."""
    return failed(folder, MemoryError(), fingerprint)


def failed(folder, error, fingerprint=ONE):
    """The folder of a run that raised `error` behind its first fit."""
    with suppress(type(error)), workspace(folder, "run", fingerprint, COMMAND) as made:
        keep_a_fit(made)
        raise error
    return made


def test_nothing_is_left_of_one_that_ended_well(tmp_path):
    with workspace(tmp_path, "a/b", ONE, COMMAND) as made:
        assert made.path.parent == tmp_path
        keep_a_fit(made)
    assert list(tmp_path.iterdir()) == []


def test_the_same_run_goes_on_where_the_last_one_stopped_and_another_begins_anew(tmp_path):
    left = leave_behind(tmp_path)
    with workspace(tmp_path, "run", OTHER, COMMAND) as made:
        assert made.kept == 0
    with workspace(tmp_path, "run", ONE, COMMAND) as made:
        assert (made.path, made.kept) == (left.path, 1)


def test_two_at_once_do_not_share_a_folder(tmp_path):
    with (
        workspace(tmp_path, "run", ONE, COMMAND) as first,
        workspace(tmp_path, "run", ONE, COMMAND) as second,
    ):
        assert first.path != second.path
        assert first.in_use
        assert second.in_use
        assert remove_unfinished(tmp_path) == []
    assert unfinished_runs(tmp_path) == []


def test_what_is_left_is_named_with_its_command_and_removed_when_asked(tmp_path):
    left = leave_behind(tmp_path)
    (tmp_path / ".unfinished-of-somebody").mkdir()
    assert unfinished_runs(tmp_path) == [left]
    assert not left.in_use
    assert remove_unfinished(tmp_path) == [left]
    assert [path.name for path in tmp_path.iterdir()] == [".unfinished-of-somebody"]


def test_one_that_was_killed_before_its_first_line_is_named_too(tmp_path):
    left = leave_behind(tmp_path)
    (left.path / "about.json").unlink()
    assert [each.command for each in unfinished_runs(tmp_path)] == [""]


def test_the_lock_of_a_process_that_was_killed_is_open(tmp_path):
    source = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from epochal.runs.storage.workspace import workspace\n"
        f"with workspace(Path(sys.argv[1]), 'run', {ONE!r}, 'c') as made:\n"
        "    print(made.in_use, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", source, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert found.stdout == "True\n", found.stderr
    (left,) = unfinished_runs(tmp_path)
    assert not left.in_use


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (InputError("x must be y."), False),  # the same command would say the same
        (MemoryError(), True),
        (KeyboardInterrupt(), True),
    ],
)
def test_fits_outlive_what_is_no_refusal(tmp_path, error, kept):
    made = failed(tmp_path, error)
    assert made.path.exists() == kept
    said = ["What has been trained is kept: the same command goes on with it."]
    assert getattr(error, "__notes__", []) == said * kept


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_said(tmp_path):
    tmp_path.chmod(0o500)
    with (
        pytest.raises(InputError, match=r"writable folder, got .*: give another with --out"),
        workspace(tmp_path, "run", ONE, COMMAND),
    ):
        pass
