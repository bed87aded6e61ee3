"""Names and values of the data cannot steer the terminal."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from epochal.characters import escape_controls
from epochal.cli import console
from epochal.cli.commands import predict
from epochal.errors import InputError

ESCAPE = "\x1b]0;mine\x07\x9b31m"
SHOWN = r"\x1b]0;mine\x07\x9b31m"


def test_control_characters_become_their_numbers():
    assert escape_controls("a\tb\nc é −") == "a\tb\nc é −"
    assert escape_controls("\x00\r\x7f\x85") == r"\x00\x0d\x7f\x85"
    assert escape_controls("\udc80") == r"\udc80"


def test_what_is_printed_and_what_stands_in_tables_is_shown(capsys):
    table = console.table("a" + ESCAPE, ESCAPE + ":")
    table.add_row(ESCAPE, "1")
    console.output().print(ESCAPE)
    console.output().print(table)
    shown = capsys.readouterr().out
    assert shown.count(SHOWN) == 4
    assert "\x1b" not in shown


def test_a_table_of_hostile_names_and_values_is_shown(epochal, tmp_path):
    x = np.arange(60.0)
    frame = pd.DataFrame({"x" + ESCAPE: x % 7 / 2, "y": np.where(x % 2, "up" + ESCAPE, "down")})
    frame.to_csv(tmp_path / f"{ESCAPE}.csv", index=False)
    code, shown, said = epochal("train", tmp_path / f"{ESCAPE}.csv", "--target", "y", "--dry-run")
    assert code == 0, said
    assert "x" + SHOWN in shown
    assert "up" + SHOWN in shown
    assert not {"\x1b", "\x9b", "\x07"} & set(shown + said)


def test_a_hostile_error_is_shown(epochal, monkeypatch):
    def fail(folder):
        raise InputError(f"no {ESCAPE}")

    monkeypatch.setattr("epochal.cli.commands.runs.list_runs", fail)
    assert epochal("runs")[2] == f"Error: no {SHOWN}\n"


def test_a_hostile_record_is_shown(epochal, run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    path = tmp_path / "run" / "run.json"
    record = json.loads(path.read_text())
    record["settings"]["network"] = record["state"] = ESCAPE
    path.write_text(json.dumps(record))
    code, shown, _ = epochal("runs", tmp_path)
    assert code == 0
    assert "\x1b" not in shown
    assert r"\x1b]0;mine" in shown


@pytest.mark.parametrize(("terminal", "expected"), [(True, SHOWN), (False, ESCAPE)])
def test_predictions_are_exact_in_a_pipe_and_harmless_on_a_terminal(
    monkeypatch, capsys, terminal, expected
):
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    predict._show([pd.DataFrame({"prediction": [ESCAPE]})])
    assert capsys.readouterr().out == f"prediction\n{expected}\n"
