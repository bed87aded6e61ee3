"""`epochal export`: the file and what is refused."""

import sys

import pytest


def test_a_run_is_written_as_one_file(epochal, tmp_path, monkeypatch):
    pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    rows = "\n".join(f"{n % 7},{'ab'[n % 2]},{n % 3 % 2}" for n in range(60))
    (tmp_path / "table.csv").write_text(f"x,c,y\n{rows}\n")
    options = ("--target", "y", "--quick", "--epochs", 1, "--out", "mine", "--keep", "x,c")
    assert epochal("train", "table.csv", *options)[0] == 0
    code, _, said = epochal("export", "mine")
    assert code == 0, said
    assert said.endswith(" MB: mine.onnx\n")
    assert (tmp_path / "mine.onnx").read_bytes()[:2] == b"\x08\x08"  # field 1, IR version 8
    code, _, said = epochal("export", "mine")
    assert code == 2
    assert "--output must be a new file, got 'mine.onnx', which exists" in said


def test_wrong_formats_and_files_are_refused(epochal, run, monkeypatch):
    assert (
        "--format must be onnx, got 'onx'. Did you mean 'onnx'?"
        in epochal("export", run, "--format", "onx")[2]
    )
    said = epochal("export", run, "-o", "run.pb")[2]
    assert "--output must end in .onnx, got 'run.pb': change its extension." in said
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.delitem(sys.modules, "epochal.runs.exporting.onnx_file", raising=False)
    monkeypatch.delitem(sys.modules, "epochal.runs.exporting.graph", raising=False)
    said = epochal("export", run, "-o", "new.onnx")[2]
    assert "The package onnx must be installed to export a run" in said
    assert "pip install 'epochal[onnx]'." in said
