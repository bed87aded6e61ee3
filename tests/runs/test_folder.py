"""The run folder: there when it is whole, and only then."""

import shutil

import pytest

from epochal.errors import InputError
from epochal.runs import check_out, list_runs, read_run
from epochal.runs.folder import FILES, write_run


def _write_word(folder):
    (folder / "word").write_text("whole")


def test_a_folder_appears_under_its_final_name(out):
    path = write_run(out, "any", _write_word)
    assert path == out
    assert (out / "word").read_text() == "whole"
    assert [entry.name for entry in out.parent.iterdir()] == ["one"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_of_a_run_that_failed(out, error):
    def fail(folder):
        _write_word(folder)
        raise error

    with pytest.raises(error):
        write_run(out, "any", fail)
    assert list(out.parent.iterdir()) == []


def test_folders_without_a_name_are_numbered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = [write_run(None, "titanic-survived", _write_word).name for _ in range(2)]
    assert made == ["titanic-survived-1", "titanic-survived-2"]


def test_a_name_taken_in_the_meantime_is_refused_and_what_is_there_stays(out):
    write_run(out, "any", _write_word)
    with pytest.raises(InputError, match="another run took it in the meantime"):
        write_run(out, "any", _write_word)
    assert (out / "word").read_text() == "whole"


def test_a_full_disk_is_said_in_a_sentence(out):
    def fail(folder):
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match=r"cannot \(No space left on device\). Name another"):
        write_run(out, "any", fail)


def test_the_place_is_checked_before_anything_is_trained(tmp_path):
    check_out(tmp_path / "new" / "run")
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"is a file\. Name another with --out"):
        check_out(tmp_path / "file" / "run")
    with pytest.raises(InputError, match="is there already"):
        check_out(tmp_path)
    with pytest.raises(InputError, match="is there already"):
        check_out(tmp_path / "file")


def test_reading_what_is_no_run(tmp_path, titanic_run):
    with pytest.raises(InputError, match="there is no folder"):
        read_run(tmp_path / "missing")
    with pytest.raises(InputError, match=f"has no {', '.join(FILES)}"):
        read_run(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(titanic_run.path, copy)
    (copy / "model.keras").unlink()
    with pytest.raises(InputError, match=r"has no model\.keras"):
        read_run(copy)


def test_listing(tmp_path, titanic_run):
    with pytest.raises(InputError, match="there is no folder"):
        list_runs(tmp_path / "missing")
    (tmp_path / "no run").mkdir()
    shutil.copytree(titanic_run.path, tmp_path / "b")
    assert [run.path.name for run in list_runs(tmp_path)] == ["b"]
