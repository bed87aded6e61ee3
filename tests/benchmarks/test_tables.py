"""The comparison on the development tables: its protocol, what it keeps, and how it ranks."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks import tables
from benchmarks.table_methods import ABLATIONS, METHODS, Job, method_named
from benchmarks.table_ranks import ablations_of, summary_of
from benchmarks.tables import Result


@pytest.mark.parametrize(
    ("rows", "training", "test"), [(200, 140, 60), (4000, 2000, 2000), (9000, 4000, 4000)]
)
def test_the_protocol_decides_how_many_rows_are_for_what(rows, training, test):
    x, y = pd.DataFrame({"a": range(rows)}), np.array(["u", "v"] * (rows // 2), object)
    x_train, x_test, y_train, y_test = tables.divide(x, y, "binary", 0)
    assert (len(x_train), len(x_test)) == (training, test)
    assert not set(x_train["a"]) & set(x_test["a"])
    assert (y_train == "u").mean() == (y_test == "u").mean() == 0.5
    again, other = (tables.divide(x, y, "binary", seed)[0] for seed in (0, 1))
    assert again["a"].tolist() == x_train["a"].tolist() != other["a"].tolist()


def test_scores_are_those_of_the_protocol():
    y = np.array([1.0, 2.0, 3.0, 6.0])
    assert tables.scores("regression", y, y + 1) == pytest.approx((1 / y.std(), 1 / y.std()))
    labels = np.array(["a", "b", "b"], object)
    predicted = np.array([[0.5, 0.5], [0.25, 0.75], [0.25, 0.75]])
    loss, auc = tables.scores("binary", labels, predicted)
    assert loss == pytest.approx(-np.log([0.5, 0.75, 0.75]).mean())
    assert auc == 1
    assert tables.scores("classes", labels, predicted[:, ::-1])[1] == pytest.approx(1 / 3)


def test_a_table_is_read_as_its_kinds(tmp_path, monkeypatch):
    monkeypatch.setenv("EPOCHAL_DATA", str(tmp_path))
    (tmp_path / "tables").mkdir()
    days = pd.date_range("2020-01-01", periods=4).strftime("%Y-%m-%d")
    frame = pd.DataFrame({"n": [1, 2, None, 4], "c": list("uvuv"), "d": days, "y": [0, 1, 0, 1]})
    frame.to_csv(tmp_path / "tables" / "small.csv.gz", index=False)
    x, y = tables.read("small", "y", "binary")
    assert x["c"].dtype == "category"
    assert x["d"].tolist() == [18262, 18263, 18264, 18265]
    assert y.tolist() == ["0", "1", "0", "1"]


def _results(losses: dict[str, list[float]], splits: int = 1) -> list[Any]:
    return [
        Result(f"t{number}", "binary", split, method, loss, 1 - loss, 2.0, "1", "here")
        for method, values in losses.items()
        for number, loss in enumerate(values)
        for split in range(splits)
    ]


def test_what_is_kept_is_read_back(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "KEPT", tmp_path / "kept.csv")
    assert tables.kept() == []
    results = _results({"epochal": [0.1, 0.2], "linear": [0.3, 0.4]})
    tables.keep(results)
    assert sorted(tables.kept()) == sorted(results)


def test_methods_are_ranked_where_all_of_them_have_run():
    wide = _results({"epochal": [0.1, 0.2, 0.3], "linear": [0.2, 0.4, 0.6], "MLP": [0.3, 0.1, 0.9]})
    slow = _results({"TabM": [0.05]})
    most, all_of_them = summary_of([*wide, *slow]).split("\n\n1 tables")
    ours = next(line for line in most.splitlines() if line.startswith("| epochal"))
    assert [cell.strip() for cell in ours.split("|")][2] == "1.33"
    assert "0.500" in ours  # half the error of the linear model on each table
    assert "TabM" not in most
    assert "| TabM | 1.00" in all_of_them


def test_ablations_say_how_much_worse_it_is_without():
    name = next(iter(ABLATIONS))
    text = ablations_of(_results({"epochal": [0.1, 0.2], name: [0.2, 0.4]}))
    assert f"| {name} | 2.000 (2.000 to 2.000) | 100% | 2 |" in text


def test_every_method_is_pinned_and_ours_and_the_linear_one_run():
    assert set(tables.PACKAGES) == set(METHODS)
    random = np.random.default_rng(0)
    x = pd.DataFrame({"a": random.normal(size=120), "b": pd.Categorical(["u", "v"] * 60)})
    y = np.where(x["a"] + (x["b"] == "u") > 0.5, "yes", "no").astype(object)
    for name in ("linear", "epochal", "a single network"):
        predicted = method_named(name)(Job(x[:80], y[:80], x[80:], "binary", 0, 2))
        assert predicted.shape == (40, 2)
        assert ((predicted[:, 1] > 0.5) == (y[80:] == "yes")).mean() > 0.7


def test_the_page_has_its_marks():
    text = tables.PAGE.read_text(encoding="utf-8")
    for name in ("tables", "ablations"):
        assert text.count(f"<!-- {name} -->\n") == text.count(f"<!-- /{name} -->") == 1


def test_seconds_of_a_busy_machine_do_not_count(tmp_path, monkeypatch):
    quiet, busy = _results({"epochal": [0.1, 0.2], "linear": [0.2, 0.4]}, splits=2), []
    for one in quiet:
        busy.append(one._replace(seconds=np.nan) if one.split else one)
    monkeypatch.setattr(tables, "KEPT", tmp_path / "kept.csv")
    tables.keep(busy)
    shown = summary_of(tables.kept())
    assert "2 tables, 4 splits" in shown
    assert "seconds of the 2 splits" in shown
    ours = next(line for line in shown.splitlines() if line.startswith("| epochal"))
    assert [cell.strip() for cell in ours.split("|")][-3:-1] == ["2.0", "4"]
