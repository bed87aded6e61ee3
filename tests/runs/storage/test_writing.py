"""A run folder is there when it is whole, and only then; a trained network stays."""

import pytest

from epochal.errors import InputError
from epochal.runs.storage import writing
from epochal.runs.storage.workspace import workspace
from epochal.runs.storage.writing import parent_of, write_network, write_report


def write_run(out, name, write):
    with workspace(parent_of(out), name, "f" * 64, "") as made:
        return writing.write_run(out, name, write, made)


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
    assert not out.parent.exists()


def test_folders_without_a_name_are_numbered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = [write_run(None, "titanic-survived", _write_word).name for _ in range(2)]
    assert made == ["titanic-survived-1", "titanic-survived-2"]


def test_a_name_taken_in_the_meantime_stays_and_the_next_free_one_is_taken(out):
    made = [write_run(out, "any", _write_word).name for _ in range(3)]
    assert made == ["one", "one-2", "one-3"]
    assert (out / "word").read_text() == "whole"


def test_a_link_laid_in_the_meantime_is_not_followed(out, tmp_path):
    out.parent.mkdir()
    out.symlink_to(tmp_path / "nowhere")
    assert write_run(out, "any", _write_word).name == "one-2"
    assert out.is_symlink()


def test_a_full_disk_is_said_in_a_sentence(out):
    def fail(folder):
        raise OSError(28, "No space left on device")

    with pytest.raises(
        InputError,
        match=r"writable folder, got .* \(No space left on device\): give another with --out",
    ):
        write_run(out, "any", fail)


def _write_network(error):
    def write(folder):
        (folder / "model.keras").write_text("trained")
        raise error

    return write


def test_a_trained_network_outlives_a_disk_that_refuses(out):
    with pytest.raises(InputError, match=r"space left\): the trained network is kept in ") as told:
        write_run(out, "any", _write_network(OSError(28, "No space left")))
    kept = next(out.parent.iterdir()) / "run"
    assert str(kept) in str(told.value)
    assert (kept / "model.keras").read_text() == "trained"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_trained_network_outlives_any_error_which_names_it(out, error):
    with pytest.raises(error) as told:
        write_run(out, "any", _write_network(error))
    kept = next(out.parent.iterdir()) / "run"
    assert told.value.__notes__ == [f"The trained network is kept in {str(kept)!r}."]


def test_a_network_that_is_half_written_has_no_name(tmp_path):
    class Full:
        def save(self, path):
            path.write_text("half")
            raise OSError(28, "No space left")

    with pytest.raises(OSError, match="No space"):
        write_network(Full(), tmp_path)
    assert not (tmp_path / "model.keras").exists()


@pytest.mark.parametrize(
    ("error", "reason"),
    [(OSError(28, "No space left"), "No space left"), (ValueError("\x1b"), "ValueError")],
)
def test_a_report_that_fails_is_said_and_leaves_the_run(tmp_path, caplog, error, reason):
    def fail():
        raise error

    write_report(tmp_path / "report.html", fail)
    said = f"The report could not be written ({reason}): the run was saved without it."
    assert caplog.messages == [said]
    assert list(tmp_path.iterdir()) == []
