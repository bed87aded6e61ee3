"""Whatever is wrong: one sentence, exit code 2, no traceback, nothing half-written."""

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from epochal.cli.main import app
from epochal.errors import InputError

ROWS = 60


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    x = rng.normal(size=ROWS)
    return pd.DataFrame({"x": x, "y": np.where(x + rng.normal(size=ROWS) > 0, "up", "down")})


@pytest.fixture
def refused(epochal, tmp_path):
    """Call `epochal`, and check that it refuses in one sentence and leaves nothing."""

    def call(*arguments):
        before = sorted(tmp_path.rglob("*"))
        code, shown, said = epochal(*arguments)
        assert code == 2, (shown, said)
        assert said.startswith("Error: ")
        assert len(said.splitlines()) == 1
        assert "Traceback" not in said + shown
        assert sorted(tmp_path.rglob("*")) == before
        return said

    return call


@pytest.fixture
def train(refused, tmp_path):
    """Train on a table or the bytes of a file with --target y, which is refused."""

    def call(content, *options, name="table.csv"):
        if isinstance(content, pd.DataFrame):
            content.to_csv(tmp_path / name, index=False)
        else:
            (tmp_path / name).write_bytes(content)
        out = tmp_path / "runs" / "one"
        return refused("train", tmp_path / name, "--target", "y", "--out", out, *options)

    return call


def test_a_missing_file_suggests_the_nearest(refused, tmp_path):
    (tmp_path / "passengers.csv").write_text("a,b\n1,2\n")
    said = refused("train", tmp_path / "pasengers.csv", "--target", "y")
    assert "Did you mean 'passengers.csv'?" in said
    assert "Did you mean 'titanic'?" in refused("train", "titanc", "--target", "y")


def test_a_target_that_does_not_exist_suggests_the_nearest(refused):
    said = refused("train", "titanic", "--target", "survive")
    assert "--target must name a column of the table, got 'survive'." in said
    assert "Did you mean 'survived'?" in said


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"<html><p>no</p></html>", "table.csv", "got what looks like HTML or XML"),
        (b"PK\x03\x04\x00\x00\x00", "table.csv", "got binary data"),
        (b"\x89PNG", "table.png", "has an unsupported extension"),
        (b"no parquet", "table.parquet", "got an unreadable file"),
        (b"", "table.csv", "got the empty file"),
        (b" \n\n", "table.csv", "got the blank file"),
        (b"x,y\n", "table.csv", "0 rows"),
        (gzip.compress(b"x,y\n1,2\n", mtime=0)[:-9], "table.csv.gz", "cannot"),
        (
            "x,y\n1,caf\xe9\n".encode("latin-1"),
            "table.csv",
            "must be UTF-8 text, got another encoding at byte 9",
        ),
        ("x,y\n1,2\n".encode("utf-16"), "table.csv", "got UTF-16"),
        (b"x,y,x\n1,2,3\n", "table.csv", "got 'x' 2 times"),
        (b"x,y\n1,2\n1,2,3\n", "table.csv", "got 3 in line 3"),
    ],
)
def test_a_file_that_is_no_table(train, content, name, message):
    assert message in train(content, name=name)


def test_one_row(train):
    assert "must have values in at least 10 rows, got 1" in train(b"x,y\n1,2\n")


def test_a_single_class(train, frame):
    assert "got 'up' in each row" in train(frame.assign(y="up"))


def test_a_target_without_values(train, frame):
    assert "must have values, got 60 rows without one" in train(frame.assign(y=None))


def test_columns_without_values(train, epochal, frame, tmp_path):
    assert "got none (x: no values)" in train(frame.assign(x=None))
    frame.assign(empty=None).to_csv(tmp_path / "table.csv", index=False)
    code, shown, _ = epochal("train", tmp_path / "table.csv", "--target", "y", "--dry-run")
    assert code == 0
    assert "no values" in shown


def test_mixed_types_are_named_by_row_and_column(train, frame):
    frame["x"] = frame["x"].astype(object)
    frame.loc[7, "x"] = "seven"
    said = train(frame)
    assert "Column 'x' must hold numbers, as most of its cells do, got 'seven' in row 7" in said


def test_infinite_values(train, frame):
    frame.loc[7, "x"] = np.inf
    assert "must hold finite numbers, got inf in row 7" in train(frame)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--network", "defualt"], "--network must be one of default, self-normalizing, sparse"),
        (["--hidden", "9999999,9999999"], "--hidden must be layers of at most 536,870,912 weights"),
        (["--network", "self-normalising"], "Did you mean 'self-normalizing'?"),
        (["--task", "binari"], "--task must be one of binary, multiclass, multilabel"),
        (["--task", "regression"], "must hold finite numbers for the task 'regression'"),
        (["--hidden", "100,x"], "--hidden must be positive whole numbers"),
        (["--test-size", "1.5"], "--test-size must be a fraction above 0 and below 0.85"),
        (["--epochs", "0"], "--epochs must be a whole number of at least 1, got 0"),
        (["--batch-size", "-1"], "--batch-size must be a whole number of at least 1, got -1"),
        (["--seed", "-1"], "--seed must be a whole number of at least 0, got -1"),
        (["--drop", "z"], "--drop must name a column of the table, got 'z'"),
        (["--keep", "z"], "--keep must name a column of the table, got 'z'"),
        (["--kind", "x=numerik"], "Did you mean 'numeric'?"),
        (["--drop", "x"], "to learn from besides the target, got none"),
        (["--drop", "y", "--keep", "y"], "--drop and --keep must name different columns"),
    ],
)
def test_options_that_cannot_be(train, frame, options, message):
    assert message in train(frame, *options)


def test_an_out_folder_that_cannot_be_written(refused, frame, tmp_path):
    table = tmp_path / "table.csv"
    frame.to_csv(table, index=False)
    said = refused("train", table, "--target", "y", "--out", table / "run")
    assert "which is a file: give another with --out" in said
    said = refused("train", table, "--target", "y", "--out", tmp_path)
    assert "--out must be a new folder" in said


@pytest.mark.slow
def test_a_thousand_columns_are_no_problem(epochal, tmp_path):
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(40, 1_200)).round(3)).rename(columns="c{}".format)
    wide["y"] = np.where(wide["c0"] > 0, "up", "down")
    wide.to_csv(tmp_path / "wide.csv", index=False)
    out = tmp_path / "run"
    code, shown, said = epochal(
        *("train", tmp_path / "wide.csv", "--target", "y", "--keep", "c0", "--epochs", 1),
        *("--hidden", 8, "--out", out),
    )
    assert code == 0, said
    assert "... and 1,160 more columns" in shown
    assert (out / "report.html").stat().st_size < 1_000_000


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_a_folder_that_is_no_run(refused, command, tmp_path):
    assert "must be an existing folder, got" in refused(command, tmp_path / "none", "titanic")
    said = refused(command, tmp_path, "titanic")
    assert "must be a folder that `epochal train` wrote" in said


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_a_table_that_lacks_a_column(refused, command, run, tmp_path):
    pd.DataFrame({"survived": [0, 1], "sex": ["male", "female"]}).to_csv(
        tmp_path / "less.csv", index=False
    )
    said = refused(command, run, tmp_path / "less.csv")
    assert "must have the columns of the training table, got one without 'pclass', 'age'" in said


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("p.txt", "--output must end in .csv, .parquet or .xlsx, got "),
        ("no/p.csv", "must be in an existing folder"),
    ],
)
def test_predictions_that_cannot_be_written(refused, run, tmp_path, output, message):
    assert message in refused("predict", run, "titanic", "-o", tmp_path / output)


def test_predictions_never_replace_a_file_unasked(refused, epochal, run, tmp_path):
    there = tmp_path / "p.csv"
    there.write_text("precious")
    said = refused("predict", run, "titanic", "-o", there)
    assert "--output must be a new file, got" in said
    assert "which exists: give another, or add --force to overwrite it." in said
    assert there.read_text() == "precious"
    code, _, said = epochal("predict", run, "titanic", "-o", there, "--force")
    assert code == 0, said
    assert there.read_text().startswith("row,prediction,")


@pytest.mark.parametrize("options", [[], ["--force"]])
def test_predictions_never_replace_the_table_or_a_part_of_a_run(refused, run, tmp_path, options):
    table, link = tmp_path / "table.csv", tmp_path / "link.csv"
    table.write_text("precious")
    link.symlink_to(table)
    for output in (table, link):
        said = refused("predict", run, table, "-o", output, *options)
        assert "--output must not be the table, got" in said
        assert said.endswith(": give another file.\n")
    assert table.read_text() == "precious"
    (tmp_path / "runs").symlink_to(run)
    before = (run / "predictions.parquet").read_bytes()
    for folder in (run, tmp_path / "runs"):
        output = folder / "predictions.parquet"
        said = refused("predict", run, "titanic", "-o", output, *options)
        assert "--output must not be in a run folder, got" in said
        assert said.endswith(": give another folder.\n")
    assert (run / "predictions.parquet").read_bytes() == before


def test_a_link_that_leads_nowhere_is_no_new_file(refused, run, tmp_path):
    (tmp_path / "p.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert "must be a new file" in refused("predict", run, "titanic", "-o", tmp_path / "p.csv")


def test_a_run_that_lost_a_file(refused, run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    (tmp_path / "run" / "run.json").write_text("{")
    assert "must have a readable run.json" in refused("predict", tmp_path / "run", "titanic")


def test_runs_of_a_folder_that_is_none(refused, tmp_path):
    assert "must be in an existing folder, got" in refused("runs", tmp_path / "none")


@pytest.mark.parametrize("where", [["--debug", "train"], ["train", "--debug"]])
def test_debug_shows_where_it_comes_from(where):
    result = CliRunner().invoke(app, [*where, "titanic", "--target", "survive"])
    assert isinstance(result.exception, InputError)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this machine has no full device")
@pytest.mark.parametrize("arguments", [["--help"], ["lab", "list"]])
def test_an_output_that_is_full(arguments):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "epochal.cli", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1] == (
        "Error: No space left on device: free some space, or write elsewhere."
    )
    assert "Traceback" not in done.stderr
