"""`epochal predict`: predictions on the screen and in files."""

import pandas as pd


def test_predict_writes_csv_parquet_or_to_the_screen(epochal, run, tmp_path):
    for name, read in (("p.csv", pd.read_csv), ("p.parquet", pd.read_parquet)):
        code, _, said = epochal("predict", run, "titanic", "-o", tmp_path / name)
        assert code == 0
        assert "891 predictions" in said
        assert list(read(tmp_path / name)) == ["prediction", "probability_0", "probability_1"]
    code, shown, _ = epochal("predict", run, "titanic")
    assert shown.splitlines()[0] == "prediction,probability_0,probability_1"
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
