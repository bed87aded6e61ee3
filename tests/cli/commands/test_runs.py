"""`epochal runs`: a line for each run, damaged ones too."""

import json
import re
import shutil
from contextlib import suppress

import pytest

from epochal.runs.storage.workspace import workspace


def test_runs_lists_runs(epochal, run, tmp_path):
    code, shown, _ = epochal("runs", run.parent)
    assert code == 0
    assert re.search(r"run +survived +tabular +\d\d\.\d% +accuracy", shown)
    assert "complete" in shown
    assert "No runs in" in epochal("runs", tmp_path)[1]


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text("[" * 100_000),
        lambda path: path.write_text(
            path.read_text().replace('"scores": [', '"scores": [], "x": [')
        ),
        lambda path: (path.parent / "model.keras").write_bytes(b""),
    ],
    ids=["deep", "no scores", "empty network"],
)
def test_one_damaged_run_does_not_hide_the_others(epochal, run, tmp_path, change):
    shutil.copytree(run, tmp_path / "good")
    shutil.copytree(run, tmp_path / "bad")
    change(tmp_path / "bad" / "run.json")
    code, shown, said = epochal("runs", tmp_path)
    assert code == 0, said
    assert re.search(r"good +survived +tabular .* complete", shown)
    assert re.search(r"bad +damaged", shown)


def leave_unfinished(folder, command="epochal train t.csv --target y --seed 0"):
    """What a process that was killed while it trained has left."""
    with suppress(MemoryError), workspace(folder, "run", "f" * 64, command) as made:
        made.fits.mkdir()
        (made.fits / "one.fit").touch()
        raise MemoryError
    return made.path


def test_what_is_unfinished_is_named_and_removed_when_asked(epochal, tmp_path):
    left = leave_unfinished(tmp_path)
    code, shown, _ = epochal("runs", tmp_path)
    assert code == 0
    assert shown.splitlines() == [
        f"unfinished: {left} (networks kept: 1). To go on: epochal train t.csv --target y --seed 0",
        "To remove what is unfinished: epochal runs --clean",
    ]
    (found,) = json.loads(epochal("runs", tmp_path, "--json")[1])["unfinished"]
    assert (found["folder"], found["fits"], found["in_use"]) == (str(left), 1, False)
    assert epochal("runs", tmp_path, "--clean")[1] == f"removed: {left}\n"
    assert list(tmp_path.iterdir()) == []


def test_what_is_under_way_is_not_removed(epochal, tmp_path):
    with workspace(tmp_path, "run", "f" * 64, "") as made:
        assert epochal("runs", tmp_path, "--clean")[1] == f"under way: {made.path}\n"
        assert made.path.is_dir()
