"""Permutation importance: a planted model, scikit-learn's, duplicates, noise and many columns."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.inspection import permutation_importance as of_sklearn
from sklearn.linear_model import Ridge

from epochal.explanation.composed_rows import ComposedRows
from epochal.explanation.correlated_columns import correlated_columns
from epochal.explanation.permutation import MOST_GROUPS, permutation_importance
from epochal.scoring.metrics import Metric, rmse
from epochal.scoring.task_metrics import metrics_of

RMSE = metrics_of("regression")[0]
MSE = Metric(
    name="MSE",
    higher_is_better=False,
    percent=False,
    function=lambda truth, predicted, weights: rmse(truth, predicted, weights) ** 2,
)


def table(rows=1500, columns="abc", seed=0):
    random = np.random.default_rng(seed)
    return pd.DataFrame(random.normal(size=(rows, len(columns))), columns=list(columns))


def by_name(found):
    return {one.name: one.importance for one in found.groups}


def planted(frame):
    return (2 * frame["a"] - frame["b"]).to_numpy()


def test_of_a_linear_model_the_squared_error_grows_by_twice_the_variance():
    """Var(w x - w x') = 2 w^2 Var(x) for an independent copy x' of x."""
    frame = table()
    truth = planted(frame)[:, None] + np.random.default_rng(1).normal(size=(1500, 1))
    found = by_name(permutation_importance(ComposedRows.of(planted, frame), truth, MSE))
    assert found["a"].low < 8 < found["a"].high
    assert found["a"].value == pytest.approx(8, rel=0.1)
    assert found["b"].value == pytest.approx(2, rel=0.1)
    assert (found["c"].value, found["c"].low, found["c"].high) == (0, 0, 0)
    assert list(found) == ["a", "b", "c"]


def test_it_is_scikit_learns_for_single_columns():
    class Planted(BaseEstimator):
        def fit(self, X, y):
            return self

        def predict(self, X):
            return planted(X)

    frame = table()
    truth = planted(frame) + np.random.default_rng(1).normal(size=1500)
    theirs = of_sklearn(
        Planted(),
        frame,
        truth,
        scoring="neg_root_mean_squared_error",
        n_repeats=10,
        random_state=0,
    )
    ours = by_name(permutation_importance(ComposedRows.of(planted, frame), truth[:, None], RMSE))
    for name, mean, spread in zip(
        "abc", theirs.importances_mean, theirs.importances_std, strict=True
    ):
        assert ours[name].value == pytest.approx(mean, abs=4 * spread / np.sqrt(10) + 1e-12)


def test_columns_that_tell_the_same_look_unimportant_alone_and_not_together():
    frame = table(columns="ab").assign(copy=lambda f: f["a"] + 0.01 * f["b"])
    truth = (3 * frame["a"] + frame["b"]).to_numpy()

    def halves(f):
        return (1.5 * f["a"] + 1.5 * f["copy"] + 0.985 * f["b"]).to_numpy()

    rows = ComposedRows.of(halves, frame)
    groups = correlated_columns(frame, dict.fromkeys(frame.columns, "numeric"))
    assert groups == [("a", "copy"), ("b",)]
    together = by_name(permutation_importance(rows, truth[:, None], RMSE, groups=groups))
    alone = by_name(permutation_importance(rows, truth[:, None], RMSE))
    assert together["a (with copy)"].value == pytest.approx(3 * np.sqrt(2), rel=0.1)
    assert alone["a"].value == pytest.approx(1.5 * np.sqrt(2), rel=0.1)
    assert alone["copy"].value == pytest.approx(1.5 * np.sqrt(2), rel=0.1)


def test_columns_of_which_each_alone_suffices_read_as_nothing_alone():
    frame = table(columns="a").assign(copy=lambda f: f["a"])
    truth = np.sign(frame["a"].to_numpy())

    def either(f):
        """Right where any of the two is far from 0 on the right side: the other may be wrong."""
        return np.where(np.abs(f["a"]) >= np.abs(f["copy"]), f["a"], f["copy"])

    def sign(f):
        return (either(f) > 0).astype(float)

    rows, positive = ComposedRows.of(sign, frame), (truth > 0).astype(int)[:, None]
    accuracy = metrics_of("binary")[0]
    alone = by_name(permutation_importance(rows, positive, accuracy))
    together = by_name(permutation_importance(rows, positive, accuracy, groups=[("a", "copy")]))
    assert together["a (with copy)"].value == pytest.approx(0.5, abs=0.05)
    assert alone["a"].value < 0.3


def test_the_intervals_of_columns_of_noise_hold_0():
    """Of a fitted model that uses them a little, on new rows: 0 is what they are worth."""
    random = np.random.default_rng(0)
    x = random.normal(size=(600, 60))
    y = x[:, 0] + random.normal(size=600)
    model = Ridge().fit(x[:200], y[:200])
    frame = pd.DataFrame(x[200:]).rename(columns=str)
    rows = ComposedRows.of(lambda f: model.predict(f.to_numpy()), frame)
    found = by_name(permutation_importance(rows, y[200:, None], RMSE, most_predicted=100_000))
    assert found["0"].low > 0.2
    # Worth something to this model are those whose weight is right; the weights of noise are not.
    holding = [one.low <= 0 <= one.high for name, one in found.items() if name != "0"]
    assert np.mean(holding) > 0.85


def test_the_interval_holds_what_other_rows_give():
    """Of 100 tables, about 95 intervals hold the importance for all rows."""
    inside = 0
    for seed in range(100):
        frame = table(120, seed=seed)
        noise = np.random.default_rng(seed + 1000).normal(size=(120, 1))
        truth = planted(frame)[:, None] + noise
        found = permutation_importance(ComposedRows.of(planted, frame), truth, MSE, seed=seed)
        one = by_name(found)["b"]
        inside += one.low <= 2 <= one.high
    assert 88 <= inside <= 100


def test_of_a_score_that_is_better_where_higher_losing_is_importance_too():
    frame = table(columns="ab")
    rows = ComposedRows.of(lambda f: 1 / (1 + np.exp(-5 * f["a"].to_numpy())), frame)
    truth = (frame[["a"]] > 0).astype(int).to_numpy()
    auc = metrics_of("binary")[2]
    found = by_name(permutation_importance(rows, truth, auc))
    assert found["a"].value == pytest.approx(0.5, abs=0.05)


def test_a_threshold_is_that_of_the_score():
    frame = table(columns="a")
    rows = ComposedRows.of(lambda f: 0.2 * (f["a"] > 0).to_numpy(), frame)
    truth = (frame[["a"]] > 0).astype(int).to_numpy()
    accuracy = metrics_of("binary")[0]
    assert by_name(permutation_importance(rows, truth, accuracy))["a"].value == 0
    found = permutation_importance(rows, truth, accuracy, threshold=0.1)
    assert by_name(found)["a"].value == pytest.approx(0.5, abs=0.05)


def test_related_rows_are_drawn_together():
    """Ten copies of each row tell no more than one of them."""
    frame = pd.concat([table(60, "ab")] * 10, ignore_index=True)
    truth = planted(frame)[:, None] + np.tile(
        np.random.default_rng(1).normal(size=(60, 1)), (10, 1)
    )
    rows = ComposedRows.of(planted, frame)
    apart = by_name(permutation_importance(rows, truth, MSE))["a"]
    together = by_name(
        permutation_importance(rows, truth, MSE, related=np.tile(np.arange(60), 10))
    )["a"]
    assert together.value == apart.value
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_many_columns_are_bounded_and_what_is_left_out_is_said():
    predicted = []

    def predict(x):
        predicted.append(len(x))
        return 3 * x[:, 7] + x[:, 150]

    x = np.random.default_rng(0).normal(size=(400, 180))
    frame = pd.DataFrame(x).rename(columns="c{}".format)
    rows = ComposedRows.encoded(predict, frame, x, [np.array([at]) for at in range(180)])
    found = permutation_importance(rows, predict(x)[:, None], RMSE, most_predicted=6000)
    assert [one.name for one in found.groups][:2] == ["c7", "c150"]
    assert len(found.groups) == MOST_GROUPS
    assert len(found.not_measured) == 80
    assert sum(predicted) < 2.5 * 6000
    assert (found.rows, found.repeats) == (60, 1)


def test_one_seed_one_result():
    frame = table(200)
    rows, truth = ComposedRows.of(planted, frame), planted(frame)[:, None] + 1
    first = permutation_importance(rows, truth, RMSE, seed=3)
    assert first == permutation_importance(rows, truth, RMSE, seed=3)
    assert first != permutation_importance(rows, truth, RMSE, seed=4)


def test_a_score_that_is_not_defined_gives_none():
    frame = table(50)
    rows = ComposedRows.of(lambda f: np.full(len(f), 0.3), frame)
    found = permutation_importance(rows, np.ones((50, 1), int), metrics_of("binary")[2])
    assert all(np.isnan(one.importance.value) for one in found.groups)
