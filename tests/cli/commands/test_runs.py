"""`epochal runs`: a line for each run, damaged ones too."""

import re
import shutil

import pytest


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
