"""Leaks: what is found, what must not be, and the chances against counts by hand."""

from itertools import permutations
from math import exp, log

import numpy as np
import pandas as pd
import pytest

from epochal.data import (
    datasets,
    drop_leaks,
    find_leaks,
    infer_columns,
    read_table,
)
from epochal.data.tables.leakage import log_chance_of_agreement, log_chance_of_order

RNG = np.random.default_rng(0)
ROWS = 60


def leaks_of(frame, target="y"):
    return [leak.name for leak in find_leaks(frame, target, infer_columns(frame, target=target))]


def table(**columns):
    y = RNG.integers(0, 2, ROWS)
    frame = pd.DataFrame({"noise": RNG.normal(size=ROWS), "group": RNG.integers(0, 5, ROWS)})
    return frame.assign(y=y, **{name: make(y) for name, make in columns.items()})


def test_titanics_alive_is_found_and_nothing_else():
    frame = read_table("titanic")
    (leak,) = find_leaks(frame, "survived", infer_columns(frame, target="survived"))
    assert leak.name == "alive"
    assert leak.reason == (
        "each of its 2 values always comes with one value of 'survived' (such as no with 0)"
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda y: y * 10 + 10,
        lambda y: np.where(y == 1, "yes", "no"),
        lambda y: pd.Series(["yes"] * ROWS).where(y == 1),  # what is missing tells it too
        lambda y: 2 * y + RNG.integers(0, 2, ROWS),  # several values for each class
        lambda y: y + RNG.uniform(0, 0.9, ROWS),  # a score, different in every row
    ],
)
def test_recodings_of_classes_are_found(make):
    assert leaks_of(table(leak=make)) == ["leak"]


@pytest.mark.parametrize(
    "make", [lambda y: 100 * y, lambda y: -np.log(y), lambda y: np.round(y, 1).astype(str) + "x"]
)
def test_recodings_of_numbers_are_found(make):
    y = np.repeat(RNG.uniform(1, 50, 30).round(1), 2)
    frame = pd.DataFrame({"noise": RNG.normal(size=60), "y": y, "leak": make(y)})
    assert leaks_of(frame) == ["leak"]


@pytest.mark.parametrize(
    "make",
    [
        lambda y: [f"ticket {i}" for i in range(ROWS)],
        lambda y: [f"A{i % 58}" for i in range(ROWS)],  # unique but for two
        lambda y: RNG.permutation(ROWS),
        lambda y: np.where(np.arange(ROWS) == 0, 1 - y, y),  # but for one row
        lambda y: pd.date_range("2020-01-01", periods=ROWS),
    ],
)
def test_what_only_names_the_rows_is_no_leak(make):
    assert "column" not in leaks_of(table(column=make))


@pytest.mark.parametrize("name", ["wine", "wine-quality", "boston"])
def test_honest_tables_have_none(name):
    data = datasets.load_table(name)
    assert leaks_of(data.frame, data.target) == []


def test_copies_of_rows_are_no_evidence():
    frame = pd.concat([table(x=lambda y: RNG.permutation(ROWS) / 7)] * 20)
    assert leaks_of(frame) == []


def test_every_target_is_asked():
    frame = table(leak=lambda y: y + 5).assign(z=RNG.integers(0, 3, ROWS))
    columns = infer_columns(frame, target=["z", "y"])
    assert [leak.name for leak in find_leaks(frame, ["z", "y"], columns)] == ["leak"]


def test_leaks_are_dropped_unless_kept():
    frame = read_table("titanic")
    columns = infer_columns(frame, target="survived")
    leaks = find_leaks(frame, "survived", columns)
    dropped = {column.name: column for column in drop_leaks(columns, leaks)}
    kept = {column.name: column for column in drop_leaks(columns, leaks, keep=["alive"])}
    assert dropped["alive"].kind == "dropped"
    assert dropped["alive"].note.startswith("target leakage: each of its 2 values")
    assert kept["alive"].kind == "boolean"
    assert kept["alive"].note.startswith("kept on request: target leakage")
    assert dropped["sex"] == kept["sex"]


def test_the_chance_of_agreement_by_hand():
    codes, outcomes = np.array([0, 0, 1, 1, 1, 2]), np.array([0, 0, 1, 1, 1, 1])
    third, rest = 1 / 3, 2 / 3
    by_hand = (third**2 + rest**2) * (third**3 + rest**3)
    assert log_chance_of_agreement(codes, outcomes) == pytest.approx(log(by_hand), rel=1e-12)
    assert log_chance_of_agreement(codes, outcomes[::-1]) == 0
    assert log_chance_of_agreement(np.arange(6), outcomes) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("outcomes", [[0, 0, 1, 1, 1], [0, 1, 2, 3, 4], [0, 0, 1, 2, 2]])
def test_the_chance_of_order_against_all_orders(outcomes):
    """The fraction of all orders with the property is the probability."""
    orders = [np.array(order) for order in set(permutations(outcomes))]
    numbers = np.arange(5.0)
    chances = [log_chance_of_order(numbers, order) for order in orders]
    rising = sum(
        bool((np.diff(order) >= 0).all() or (np.diff(order) <= 0).all()) for order in orders
    )
    in_runs = sum((np.diff(order) != 0).sum() + 1 == len(set(outcomes)) for order in orders)
    assert exp(min(chances)) == pytest.approx(rising / len(orders))
    assert all(
        exp(chance) == pytest.approx(in_runs / len(orders))
        for chance in chances
        if chance not in (0, min(chances))
    )


def test_equal_numbers_with_different_outcomes_are_no_order():
    assert log_chance_of_order(np.array([1.0, 1, 2]), np.array([0, 1, 1])) == 0
