"""Scores of how sure a run is, and whether its intervals and sets hold on new rows."""

import shutil
from typing import Any

import numpy as np
import pandas as pd
import pytest

from epochal.runs import RunFolder, evaluate_table, train_table
from epochal.runs.storage.conformity_file import CONFORMITY
from epochal.runs.storage.record import RunRecord
from epochal.scoring.crps import crps_of_sample

TINY: dict[str, Any] = {"members": 3, "epochs": 8, "hidden": (8,), "learning_rate": 0.02}


def table(rows=200, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 2))
    price = 100 * x[:, 0] + random.normal(0, 40, rows)
    kind = np.array(["a", "b", "c"])[(price > 0).astype(int) + (x[:, 1] > 0.8)]
    return pd.DataFrame({"x": x[:, 0], "z": x[:, 1], "price": price, "kind": kind})


@pytest.fixture(scope="module")
def prices(tmp_path_factory) -> RunFolder:
    out = tmp_path_factory.mktemp("prices") / "run"
    return train_table(table().drop(columns="kind"), "price", out=out, **TINY)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory) -> RunFolder:
    out = tmp_path_factory.mktemp("kinds") / "run"
    return train_table(table().drop(columns="price"), "kind", out=out, **TINY)


def test_the_crps_is_that_of_the_errors_left_out(prices):
    tested = pd.read_parquet(prices.predictions)
    known = pd.read_parquet(prices.path / CONFORMITY)["absolute_0"].to_numpy()
    errors = (tested["true_price"] - tested["prediction"]).to_numpy()
    sample = np.repeat(np.concatenate([known, -known])[:, None], len(errors), axis=1)
    crps = prices.record.score("CRPS")
    assert crps.network.value == pytest.approx(crps_of_sample(errors, sample).mean())
    assert crps.network.low < crps.network.value < crps.network.high
    assert [score.label for score in prices.record.scores] == [
        *("RMSE", "MAE", "R²", "CRPS", "log score"),
    ]
    assert np.isnan(crps.baselines["mean"].value)
    # It is written, read, and shown.
    again = RunRecord.read(prices.path / "run.json")
    assert again.score("log score").network == prices.record.score("log score").network
    page = prices.report.read_text()
    assert "CRPS" in page
    assert "log score" in page


def test_classes_have_a_brier_score_and_a_calibration_error_beside_the_baselines(kinds):
    for name in ("Brier score", "calibration error (15 bins)"):
        score = kinds.record.score(name)
        assert not score.higher_is_better
        assert np.isfinite([each.value for each in score.baselines.values()]).all()
        assert name in kinds.report.read_text()


def test_the_headline_may_be_the_brier_score(tmp_path):
    frame = table().drop(columns="price")
    run = train_table(frame, "kind", metric="Brier score", out=tmp_path / "run", **TINY)
    first = run.record.scores[0]
    gain = run.record.comparisons[-1].gain.value
    baseline = run.record.comparisons[-1].baseline
    assert first.name == "Brier score"
    assert gain == pytest.approx(first.baselines[baseline].value - first.network.value)


def test_new_rows_alike_are_held_as_promised(prices, kinds):
    for run in (prices, kinds):
        found = evaluate_table(run.path, table(150, seed=5))
        (coverage,) = found.coverage
        assert coverage.overall.rows == 150
        assert abs(coverage.overall.coverage.value - 0.9) < 0.08
        assert found.drift is not None
        assert not found.drift.truth_differs
        assert "That is in keeping with the promise." in found._repr_html_()


def test_a_target_that_hangs_on_its_columns_otherwise_is_found(prices, kinds):
    moved = table(100, seed=5)
    moved["price"], moved["kind"] = (
        moved["price"] + 150,
        moved["kind"].map(dict(a="b", b="a", c="c")),
    )
    for run in (prices, kinds):
        found = evaluate_table(run.path, moved)
        assert found.coverage[0].overall.coverage.high < 0.9
        assert found.drift is not None
        assert found.drift.truth_differs
        assert "the target does not hang on them as it did: do not" in found.drift.sentence
        assert "than chance explains: do not believe" in found._repr_html_()


def test_a_run_that_keeps_no_errors_is_scored_without(prices, tmp_path):
    copy = shutil.copytree(prices.path, tmp_path / "run")
    (copy / CONFORMITY).unlink()
    found = evaluate_table(copy, table(50, seed=1))
    assert found.coverage == ()
    assert np.isnan(found.scores[-1].network.value)
    assert found.scores[0].name == "RMSE"


def test_few_rows_and_classes_that_miss_in_the_test_part(tmp_path):
    frame = table(100).drop(columns="price")
    frame.loc[:4, "kind"] = "rare"
    run = train_table(frame, "kind", out=tmp_path / "run", test=frame[frame["kind"] == "a"], **TINY)
    assert 0 <= run.record.score("Brier score").network.value <= 2
    assert run.record.score("calibration error (15 bins)").network.value >= 0
    found = evaluate_table(run.path, frame[frame["kind"] == "b"].head(3))
    assert found.coverage[0].overall.rows == 3


def test_of_cross_validation_scores_are_means_over_the_folds(tmp_path):
    frame = table(90).drop(columns="kind")
    run = train_table(frame, "price", cv="3x1", out=tmp_path / "run", **TINY)
    assert np.isfinite(run.record.score("CRPS").network.value)
    assert np.isfinite(run.record.score("log score").network.low)
