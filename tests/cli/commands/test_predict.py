"""`epochal predict`: predictions on the screen and in files."""

import io
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from epochal.cli.commands import predict
from epochal.cli.main import app
from epochal.data import read_table
from epochal.data.tables.reading import read_blocks
from epochal.runs import predict_table

COLUMNS = ["row", "prediction", "probability_0", "probability_1", "warnings"]


def test_predict_writes_csv_parquet_or_to_the_screen(epochal, run, tmp_path):
    readers: dict[str, Any] = {"p.csv": pd.read_csv, "p.parquet": pd.read_parquet}
    for name, read in readers.items():
        code, _, said = epochal("predict", run, "titanic", "-o", tmp_path / name)
        assert code == 0
        assert "891 predictions" in said
        assert list(read(tmp_path / name)) == COLUMNS
    code, shown, _ = epochal("predict", run, "titanic")
    assert shown.splitlines()[0] == ",".join(COLUMNS)
    assert len(shown.splitlines()) == 892
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["p.csv", "p.parquet"]


def test_predictions_go_through_no_name_that_can_be_foreseen(epochal, run, tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("precious")
    (tmp_path / ".unfinished-p.csv").symlink_to(mine)
    (tmp_path / "new").touch()
    code, _, said = epochal("predict", run, "titanic", "-o", tmp_path / "p.csv")
    assert code == 0, said
    assert mine.read_text() == "precious"
    assert (tmp_path / "p.csv").stat().st_mode == (tmp_path / "new").stat().st_mode
    names = sorted(entry.name for entry in tmp_path.iterdir())
    assert names == [".unfinished-p.csv", "mine.txt", "new", "p.csv"]


def test_excel_in_and_out(epochal, run, tmp_path):
    pytest.importorskip("openpyxl")
    table = read_table("titanic").head(5).assign(remark=["=1+1", "\x07bell", "c", "d", "e"])
    with pd.ExcelWriter(tmp_path / "in.xlsx") as book:
        pd.DataFrame({"nothing": [1]}).to_excel(book, sheet_name="Cover", index=False)
        table.assign(remark="=1+1").to_excel(book, sheet_name="People", index=False)
    table.to_parquet(tmp_path / "in.parquet")
    out = tmp_path / "out.xlsx"
    code, _, said = epochal(
        *("predict", run, tmp_path / "in.parquet", "--id", "remark,sex", "-o", out)
    )
    assert code == 0, said
    written = pd.read_excel(out)
    assert written["remark"].tolist() == ["=1+1", "\\x07bell", "c", "d", "e"]  # text, no formula
    assert written["sex"].tolist() == table["sex"].tolist()
    code, shown, said = epochal("predict", run, tmp_path / "in.xlsx", "--sheet", "People")
    assert code == 0, said
    got = pd.read_csv(io.StringIO(shown))
    assert got["probability_1"].to_numpy() == pytest.approx(written["probability_1"].to_numpy())
    code, _, said = epochal("evaluate", run, tmp_path / "in.xlsx", "--sheet", "people")
    assert code == 2
    assert "Did you mean 'People'?" in said


def test_a_table_is_piped_in_and_what_is_unlike_training_is_said(run):
    table = read_table("titanic").head(4).assign(fare=[1e9, 1, 1e9, 2], age=[400.0, 30, 31, np.nan])
    piped = CliRunner().invoke(
        app, ["predict", str(run), "-"], input=table.to_csv(index=False).encode()
    )
    assert piped.exit_code == 0, piped.stderr
    assert len(piped.stdout.splitlines()) == 5
    said = "2 rows have values unlike the training data: age (1), fare (2)"
    assert said in piped.stderr.splitlines()
    nothing = CliRunner().invoke(app, ["predict", str(run), "-"], input=b"")
    assert nothing.exit_code == 2
    assert "got nothing on the standard input" in nothing.stderr


def test_columns_taken_as_missing_are_said(run, epochal, tmp_path):
    read_table("titanic").head(4).drop(columns="age").to_csv(tmp_path / "t.csv", index=False)
    code, _, said = epochal("predict", run, tmp_path / "t.csv", "--missing", "unknown")
    assert code == 0, said
    assert "taken as missing, as the table lacks them: 'age'" in said


def test_escape_leaves_nothing_for_a_spreadsheet_to_compute(epochal, run, tmp_path):
    table = tmp_path / "t.csv"
    frame = read_table("titanic").head(3).assign(key=["=1+2", "\x07bell", "plain"])
    frame.to_csv(table, index=False)
    for options, keys in (([], ["=1+2", "\x07bell"]), (["--escape"], ["'=1+2", "\\x07bell"])):
        code, shown, _ = epochal("predict", run, table, "--id", "key", *options)
        assert code == 0
        assert pd.read_csv(io.StringIO(shown))["key"].tolist() == [*keys, "plain"]


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_a_large_parquet_file_is_predicted_piece_by_piece(
    epochal, run, tmp_path, monkeypatch, ending
):
    table = tmp_path / "new.parquet"
    new = read_table("titanic").assign(key=np.where(np.arange(891) < 500, np.arange(891.0), np.nan))
    new.loc[700, "fare"] = 1e6
    new.to_parquet(table)
    whole = predict_table(run, table, id=["key", "deck"], coverage=0.9)
    monkeypatch.setattr(predict, "read_blocks", partial(read_blocks, rows=150))
    out = tmp_path / f"out.{ending}"
    code, _, said = epochal("predict", run, table, "-o", out, "--id=key,deck", "--coverage=0.9")
    assert code == 0, said
    assert "891 predictions" in said
    assert "1 row has values unlike the training data: fare (1)" in said
    if ending == "parquet":
        got = pd.read_parquet(out)
        assert (got.dtypes == whole.dtypes).all()
    else:
        readers: dict[str, Any] = {"csv": pd.read_csv, "xlsx": pd.read_excel}
        got = readers[ending](out, dtype={"set": "string"}).astype(whole.dtypes)
    pd.testing.assert_frame_equal(got, whole, rtol=1e-5)
    code, shown, _ = epochal("predict", run, table, "--quiet")
    assert code == 0
    assert pd.read_csv(io.StringIO(shown))["row"].tolist() == list(range(891))
