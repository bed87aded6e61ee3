"""Intervals, sets and answers of runs, from the rows that their members left out."""

import json
import shutil
from typing import Any

import numpy as np
import pandas as pd
import pytest

from epochal.conformal.answering import answering
from epochal.conformal.coverage import conformal_quantile
from epochal.data import read_table
from epochal.errors import InputError
from epochal.runs import RunFolder, predict_table, train_table
from epochal.runs.evaluate import evaluate_table
from epochal.runs.storage.conformity_file import CONFORMITY


def table(rows=260, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 2))
    return pd.DataFrame(
        {
            "x": x[:, 0],
            "z": x[:, 1],
            "price": 100 * x[:, 0] + random.normal(0, 10, rows),
            "days": x[:, 1] ** 2 + random.random(rows),
            "kind": np.array(["a", "b,c", "d"])[(x > 0).sum(axis=1)],
            "who": np.arange(rows) // 4,
        }
    )


@pytest.fixture(scope="module")
def numbers(tmp_path_factory) -> RunFolder:
    """Of two targets."""
    out = tmp_path_factory.mktemp("numbers") / "run"
    frame = table().drop(columns=["kind", "who"])
    return train_table(frame, ["price", "days"], members=4, epochs=6, out=out)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory) -> RunFolder:
    out = tmp_path_factory.mktemp("kinds") / "run"
    frame = table()[["x", "z", "kind", "who"]]
    return train_table(frame, "kind", group="who", members=4, epochs=6, out=out)


def test_an_interval_is_the_prediction_and_the_quantile_of_the_errors_left_out(numbers):
    new = table(seed=1)
    found = predict_table(numbers.path, new, coverage=0.9)
    scores = pd.read_parquet(numbers.path / CONFORMITY)
    for at, name in enumerate(("price", "days")):
        half = conformal_quantile(scores[f"absolute_{at}"], 0.9)
        middle = found[f"prediction_{name}"]
        np.testing.assert_allclose(found[f"low_{name}"], middle - half)
        np.testing.assert_allclose(found[f"high_{name}"], middle + half)
        held = (found[f"low_{name}"] <= new[name]) & (new[name] <= found[f"high_{name}"])
        assert 0.8 < held.mean() < 0.99


def test_by_group_widths_hang_on_the_prediction(numbers):
    frame = predict_table(numbers.path, table(seed=1), coverage=0.5, by_group=True)
    assert (frame["high_price"] - frame["low_price"]).round(6).nunique() > 1


def test_the_test_rows_of_the_record_are_covered_as_it_says(numbers):
    record = numbers.record
    price = record.coverage[0]
    truth = pd.read_parquet(numbers.predictions)
    frame = table().drop(columns=["kind", "who"]).iloc[truth["row"]]
    again = predict_table(numbers.path, frame, coverage=0.9)
    true = truth["true_price"].to_numpy()
    held = (again["low_price"] <= true) & (true <= again["high_price"])
    assert price.overall.coverage.value == pytest.approx(held.mean())
    assert price.overall.size == pytest.approx((again["high_price"] - again["low_price"]).mean())
    assert [one.target for one in record.coverage] == ["price", "days"]
    assert price.left_out == record.rows["training"]
    assert sum(group.rows for group in price.groups[1:]) == record.rows["test"]
    assert (price.kind, price.asked, price.holds_for) == ("interval", 0.9, "rows")


def test_a_set_names_classes_and_a_comma_is_escaped(kinds):
    found = predict_table(kinds.path, table(seed=1), coverage=0.95)
    names = {part for one in found["set"] for part in one.replace("\\,", ";").split(",")}
    assert names <= {"a", "b;c", "d", ""}
    held = [
        true.replace(",", "\\,") in one
        for true, one in zip(table(seed=1)["kind"], found["set"], strict=True)
    ]
    assert np.mean(held) > 0.85
    assert kinds.record.coverage[0].holds_for == "groups"
    assert [group.name for group in kinds.record.coverage[0].groups[1:]] == ["a", "b,c", "d"]


@pytest.mark.parametrize("method", ["aps", "raps"])
def test_other_ways_to_make_sets(kinds, method):
    found = predict_table(kinds.path, table(seed=1), coverage=0.9, method=method, by_group=True)
    assert (found["set"] != "").mean() > 0.8


def test_answers_are_those_that_the_rows_left_out_can_promise(kinds):
    kept = pd.read_parquet(kinds.path / CONFORMITY)
    found = predict_table(kinds.path, table(seed=1), max_error=0.3)
    least = answering(kept["confidence"], kept["wrong"], 0.3).threshold
    sure = found[["probability_a", "probability_b,c", "probability_d"]].max(axis=1)
    assert (found["answered"] == (sure >= least)).all()
    assert found["answered"].any()


def test_the_confidence_is_that_of_the_class_that_the_threshold_says(tmp_path):
    run = train_table(
        "titanic", "survived", members=3, epochs=3, cost={"fp": 1, "fn": 9}, out=tmp_path / "run"
    )
    kept = pd.read_parquet(run.path / CONFORMITY)
    assert kept["confidence"].min() < 0.5
    found = predict_table(run.path, "titanic", max_error=0.6)
    said = np.where(found["prediction"] == 1, found["probability_1"], found["probability_0"])
    least = answering(kept["confidence"], kept["wrong"], 0.6).threshold
    assert (found["answered"] == (said >= least)).all()


def test_a_single_network_is_judged_by_its_validation_rows(tmp_path):
    frame = table()[["x", "z", "price"]]
    run = train_table(frame, "price", members=1, epochs=3, out=tmp_path / "run")
    assert run.record.coverage[0].left_out == run.record.rows["validation"]
    assert "low" in predict_table(run.path, frame, coverage=0.8)


def test_cross_validation_covers_every_row_once(tmp_path):
    frame = table(120)[["x", "z", "price"]]
    run = train_table(frame, "price", members=2, epochs=3, cv="3x1", out=tmp_path / "run")
    (found,) = run.record.coverage
    assert found.overall.rows == found.left_out == 120


def test_in_time_order_nothing_is_promised(tmp_path):
    frame = table(150)[["x", "z", "price", "who"]]
    run = train_table(frame, "price", members=2, epochs=2, time_column="who", out=tmp_path / "run")
    assert run.record.coverage[0].holds_for == "nothing"
    assert "They promise nothing for later rows" in run.report.read_text()


def labelled(rows=260, seed=0):
    frame = table(rows, seed)[["x", "z"]]
    noisy = frame + np.random.default_rng(seed + 9).normal(size=(rows, 2))
    return frame.assign(p=(noisy["x"] > 0).astype(int), q=(noisy["z"] > 1).astype(int))


@pytest.fixture(scope="module")
def labels(tmp_path_factory) -> RunFolder:
    out = tmp_path_factory.mktemp("labels") / "run"
    return train_table(labelled(), ["p", "q"], members=4, epochs=6, out=out)


def test_of_each_label_is_said_in_out_or_unsure(labels):
    new = labelled(2000, seed=1)
    found = predict_table(labels.path, new, coverage=0.9)
    kept = pd.read_parquet(labels.path / CONFORMITY)
    for at, name in enumerate(("p", "q")):
        limit = conformal_quantile(kept[f"lac_{at}"], 0.9)
        shown = found[f"probability_{name}"].to_numpy()
        expected = np.where(shown > limit, "in", np.where(1 - shown > limit, "out", "unsure"))
        assert (found[f"set_{name}"] == expected).all()
        right = (found[f"set_{name}"] == "unsure") | (
            (found[f"set_{name}"] == "in") == (new[name] == 1)
        )
        assert 0.85 < right.mean() < 0.96
        assert set(found[f"set_{name}"]) == {"in", "out", "unsure"}


def test_labels_by_group_are_right_about_rows_that_have_them(labels):
    new = labelled(2000, seed=1)
    plain = predict_table(labels.path, new, coverage=0.8)
    grouped = predict_table(labels.path, new, coverage=0.8, by_group=True)
    has = new["q"] == 1
    few, many = ((found["set_q"][has] != "out").mean() for found in (plain, grouped))
    # About 50 rows left out have the label.
    assert few < 0.6
    assert 0.65 < many < 0.95


def test_the_record_and_the_page_say_how_labels_are_covered(labels):
    record = labels.record
    truth = pd.read_parquet(labels.predictions)
    again = predict_table(labels.path, labelled().iloc[truth["row"]], coverage=0.9)
    for one, name in zip(record.coverage, ("p", "q"), strict=True):
        said, has = again[f"set_{name}"].to_numpy(), truth[f"true_{name}"].to_numpy() == 1
        right = (said == "unsure") | ((said == "in") == has)
        assert (one.target, one.kind) == (name, "label")
        assert one.overall.coverage.value == pytest.approx(right.mean())
        assert one.overall.size == pytest.approx((said == "unsure").mean())
        assert [group.name for group in one.groups[1:]] == [f"with {name}", f"without {name}"]
    page = labels.report.read_text()
    assert "Whether rows have the label p is said as in, out or unsure" in page
    assert page.count("That is for each label by itself") == 1


def test_new_rows_tell_whether_the_labels_hold(labels):
    found = evaluate_table(labels.path, labelled(400, seed=2))
    assert [one.kind for one in found.coverage] == ["label", "label"]
    assert found.drift is not None
    assert not found.drift.truth_differs
    swapped = labelled(400, seed=2).assign(p=lambda frame: 1 - frame["p"])
    drift = evaluate_table(labels.path, swapped).drift
    assert drift is not None
    assert drift.truth_differs


def test_an_error_rate_of_labels_is_refused(labels):
    with pytest.raises(
        InputError,
        match=r"^max_error must be asked of a run that predicts classes, got one of 2 labels: ask "
        r"for coverage, which says of each label where it is unsure\.$",
    ):
        predict_table(labels.path, labelled(), max_error=0.1)


def test_a_file_of_labels_that_is_damaged_is_refused(labels, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(labels.path, copy)
    kept = pd.read_parquet(copy / CONFORMITY)
    kept.assign(lac_1=np.nan).to_parquet(copy / CONFORMITY)
    with pytest.raises(InputError, match=r"which cannot be read \(ValueError\): train again"):
        predict_table(copy, labelled(), coverage=0.9)


def test_an_error_rate_of_numbers_is_refused(numbers):
    with pytest.raises(
        InputError,
        match=r"^max_error must be asked of a run that predicts classes, got one of numbers: ask "
        r"for intervals with coverage\.$",
    ):
        predict_table(numbers.path, table(), max_error=0.1)


def test_more_coverage_than_the_rows_left_out_can_give_is_refused(numbers):
    rows = numbers.record.coverage[0].left_out
    with pytest.raises(InputError, match=f"the {rows} rows that .*, got 0.9999, which needs 9,999"):
        predict_table(numbers.path, table(), coverage=0.9999)
    with pytest.raises(InputError, match="coverage must be above 0 and below 1, got 2"):
        predict_table("nowhere", table(), coverage=2)


def test_a_run_without_rows_left_out_and_a_damaged_file_say_what_to_do(numbers, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(numbers.path, copy)
    (copy / CONFORMITY).write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"must have a conformity.parquet that `epochal train` "):
        predict_table(copy, table(), coverage=0.9)
    pd.DataFrame({"absolute_0": [1.0]}).to_parquet(copy / CONFORMITY)
    with pytest.raises(InputError, match=r"which cannot be read \(KeyError\): train again"):
        predict_table(copy, table(), coverage=0.9)
    (copy / CONFORMITY).unlink()
    with pytest.raises(
        InputError,
        match=r"The run must have rows that its training left out, got .* without "
        r"conformity\.parquet: train again, with several members or a validation part\.$",
    ):
        predict_table(copy, table(), coverage=0.9)
    assert len(predict_table(copy, table())) == 260


def test_the_record_is_read_back_and_a_wrong_one_refused(kinds, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(kinds.path, copy)
    content = json.loads((copy / "run.json").read_text())
    wrongs: list[Any] = [{}, [{}], [{**content["coverage"][0], "groups": []}]]
    for wrong in wrongs:
        (copy / "run.json").write_text(json.dumps({**content, "coverage": wrong}))
        with pytest.raises(InputError, match="an invalid 'coverage': train again"):
            predict_table(copy, read_table("titanic"))
