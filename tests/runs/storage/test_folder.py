"""The run folder: where it may be, and what is none."""

import shutil

import pytest

from epochal.errors import InputError
from epochal.runs import check_out, list_runs, read_run
from epochal.runs.storage.folder import REQUIRED, damaged_runs


def test_the_place_is_checked_before_anything_is_trained(tmp_path):
    check_out(tmp_path / "new" / "run")
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"which is a file: give another with --out"):
        check_out(tmp_path / "file" / "run")
    with pytest.raises(InputError, match="which exists: give another name, or delete it"):
        check_out(tmp_path)
    with pytest.raises(InputError, match="which exists: give another name, or delete it"):
        check_out(tmp_path / "file")


def test_what_a_folder_cannot_be_renamed_to_is_refused_before_training(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    monkeypatch.chdir(tmp_path / "empty")
    for out in (tmp_path / "empty", tmp_path / "link", ".", ""):
        with pytest.raises(InputError, match=r"out must be a new folder, got .*, which exists"):
            check_out(out)
    for out, reason in (("a" * 300, "File name too long"), ("a\0b", "null")):
        with pytest.raises(
            InputError,
            match=rf"out must be a valid folder name, got .*{reason}.*: give another name",
        ):
            check_out(out)


def test_a_run_stands_without_its_report(tmp_path, titanic_run):
    shutil.copytree(titanic_run.path, tmp_path / "run")
    (tmp_path / "run" / "report.html").unlink()
    assert read_run(tmp_path / "run").record == titanic_run.record


def test_reading_what_is_no_run(tmp_path, titanic_run):
    with pytest.raises(InputError, match="an existing folder, got"):
        read_run(tmp_path / "missing")
    with pytest.raises(InputError, match=f"without {', '.join(REQUIRED)}"):
        read_run(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(titanic_run.path, copy)
    (copy / "model.keras").unlink()
    with pytest.raises(InputError, match=r"without model\.keras"):
        read_run(copy)


@pytest.mark.parametrize("name", ["model.keras", "predictions.parquet", "run.json"])
def test_a_file_without_content_is_no_part_of_a_run(tmp_path, titanic_run, name):
    shutil.copytree(titanic_run.path, tmp_path / "run")
    (tmp_path / "run" / name).write_bytes(b"")
    with pytest.raises(InputError, match=rf"with an empty {name}: train again"):
        read_run(tmp_path / "run")
    assert list_runs(tmp_path) == []
    assert damaged_runs(tmp_path) == [tmp_path / "run"]


def test_listing(tmp_path, titanic_run):
    with pytest.raises(InputError, match="an existing folder, got"):
        list_runs(tmp_path / "missing")
    (tmp_path / "no run").mkdir()
    shutil.copytree(titanic_run.path, tmp_path / "b")
    assert [run.path.name for run in list_runs(tmp_path)] == ["b"]
