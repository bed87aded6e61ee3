"""Shapley values: closed forms, their axioms, and an independent sum over all orders."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from epochal.explanation.composed_rows import ComposedRows
from epochal.explanation.row_explanation import contributions


def table(rows=30, columns="abcd", seed=0):
    random = np.random.default_rng(seed)
    return pd.DataFrame(random.normal(size=(rows, len(columns))), columns=list(columns))


def linear(frame):
    return (2 * frame["a"] - 3 * frame["b"]).to_numpy()


def tangled(frame):
    x = frame.to_numpy()
    return np.stack([x[:, 0] * x[:, 1] + np.sin(x[:, 2]) * x[:, 3], np.abs(x).max(axis=1)], axis=1)


def over_all_orders(predict, frame, row, groups):
    """By the definition: the mean gain over all orders and all rows to compare with."""
    gains = np.zeros((len(groups), predict(frame).reshape(len(frame), -1).shape[1]))
    others = [at for at in range(len(frame)) if at != row]
    orders = list(permutations(range(len(groups))))
    for at in others:
        for order in orders:
            filled = frame.iloc[[at]].copy()
            before = predict(filled).reshape(-1)
            for player in order:
                for name in groups[player]:
                    filled[name] = frame[name].iloc[row]
                after = predict(filled).reshape(-1)
                gains[player] += after - before
                before = after
    return gains / (len(others) * len(orders))


@pytest.mark.parametrize("most_exact", [10, 0])
def test_of_a_linear_model_they_are_coefficients_times_distances_from_the_mean(most_exact):
    frame = table()
    found = contributions(ComposedRows.of(linear, frame), 7, most_exact=most_exact)
    distance = frame.iloc[7] - frame.drop(index=7).mean()
    expected = [2 * distance["a"], -3 * distance["b"], 0, 0]
    assert found.exact == (most_exact == 10)
    assert found.compared == 29
    np.testing.assert_allclose(found.values[:, 0], expected, atol=1e-12)


def test_they_are_the_mean_gain_over_all_orders():
    frame = table(6)
    expected = over_all_orders(tangled, frame, 2, [["a"], ["b"], ["c"], ["d"]])
    found = contributions(ComposedRows.of(tangled, frame), 2)
    np.testing.assert_allclose(found.values, expected, atol=1e-12)


def test_columns_of_a_group_become_known_together():
    frame = table(6)
    groups = [["a", "c"], ["b"], ["d"]]
    found = contributions(ComposedRows.of(tangled, frame), 2, groups=groups)
    np.testing.assert_allclose(found.values, over_all_orders(tangled, frame, 2, groups), atol=1e-12)


@pytest.mark.parametrize("most_exact", [10, 0])
def test_they_add_up_to_the_prediction_minus_the_mean(most_exact):
    rows = ComposedRows.of(tangled, table())
    found = contributions(rows, 3, most_exact=most_exact, most_predicted=2000)
    np.testing.assert_allclose(found.values.sum(axis=0), found.outputs - found.mean, atol=1e-12)
    np.testing.assert_allclose(found.outputs, tangled(rows.frame)[3], atol=1e-12)


def test_columns_that_do_the_same_contribute_the_same():
    frame = table().assign(b=lambda f: f["a"])
    rows = ComposedRows.of(lambda f: (f["a"] * f["b"] * f["c"]).to_numpy(), frame)
    found = contributions(rows, 0)
    assert found.values[0, 0] == pytest.approx(found.values[1, 0])
    assert found.values[3, 0] == 0  # it is not used


def test_drawn_orders_are_within_their_error_of_all_orders():
    rows = ComposedRows.of(tangled, table(40))
    every = contributions(rows, 3)
    drawn = contributions(rows, 3, most_exact=0, most_predicted=4000)
    away = np.abs(drawn.values - every.values)
    assert (away < 0.1).all()
    assert (away > 0).any()


def test_the_error_is_that_of_the_rows_that_it_is_compared_with():
    frame = table(101)
    found = contributions(ComposedRows.of(linear, frame), 0)
    spread = 2 * frame["a"].iloc[1:].std() / np.sqrt(100)
    assert found.errors[0, 0] == pytest.approx(spread)
    assert found.errors[2, 0] == 0


@pytest.mark.parametrize("columns", [9, 40])
def test_the_number_of_predicted_rows_is_bounded(columns):
    predicted = []

    def predict(frame):
        predicted.append(len(frame))
        return frame.to_numpy().sum(axis=1)

    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(300, columns)))
    contributions(ComposedRows.of(predict, frame), 0, most_predicted=20_000)
    assert sum(predicted) <= 20_000 + 200


def test_a_single_row_to_compare_with_gives_no_error():
    found = contributions(ComposedRows.of(linear, table(2)), 0)
    assert (found.errors == 0).all()
