"""Columns that tell the same: against scipy's measures, duplicates of any kind, and chance."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from scipy.stats.contingency import association

from epochal.explanation.correlated_columns import (
    MOST_COLUMNS,
    associations,
    correlated_columns,
)


def random(seed=0):
    return np.random.default_rng(seed)


def association_of(a, b, first="numeric", second="numeric"):
    frame = pd.DataFrame({"a": a, "b": b})
    return associations(frame, {"a": first, "b": second})[0, 1]


def test_of_numbers_it_is_spearmans():
    x = random().normal(size=300)
    y = x**3 + random(1).normal(size=300)
    assert association_of(x, y) == pytest.approx(spearmanr(x, y).statistic)
    assert association_of(x, -y) == pytest.approx(spearmanr(x, y).statistic)
    assert association_of(x, np.exp(x)) == pytest.approx(1)


def test_of_categories_it_is_cramers_corrected_for_chance():
    a = random().choice(["x", "y", "z"], 2000)
    b = np.where(random(1).random(2000) < 0.6, a, random(2).choice(["x", "y", "z"], 2000))
    plain = association(pd.crosstab(a, b).to_numpy(), method="cramer")
    assert association_of(a, b, "category", "category") == pytest.approx(plain, abs=0.003)


def test_categories_of_many_values_are_not_associated_by_chance():
    a, b = (random(seed).integers(0, 20, 100).astype(str) for seed in (1, 2))
    plain = association(pd.crosstab(a, b).to_numpy(), method="cramer")
    assert plain > 0.4
    assert association_of(a, b, "category", "category") < 0.2


def test_of_a_number_and_a_category_it_is_the_correlation_ratio_of_the_ranks():
    category = random().choice(["low", "high"], 400)
    number = np.where(category == "high", 1.0, 0.0) + 0.001 * random(1).random(400)
    # Ranks of two halves: between them lie 3/4 of the variance of uniform ranks.
    found = association_of(number, category, "numeric", "category")
    assert found == pytest.approx(np.sqrt(0.75), abs=0.02)
    assert association_of(number, category[::-1].copy(), "numeric", "category") < 0.2


def test_a_number_of_many_and_a_category_of_many_values_are_not_associated_by_chance():
    category = random().integers(0, 20, 60).astype(str)
    assert association_of(random(1).normal(size=60), category, "numeric", "category") < 0.45


@pytest.mark.parametrize("kind", ["category", "text"])
def test_renamed_values_tell_the_same(kind):
    a = random().integers(0, 40, 500)
    assert association_of(a.astype(str), np.char.add("v", (a * 7).astype(str)), kind, kind) == 1


def test_texts_are_the_same_only_where_they_are_equal():
    texts = np.char.add("text ", np.arange(50).astype(str))
    assert association_of(texts, texts, "text", "text") == 1
    assert association_of(texts, texts[::-1].copy(), "text", "text") == 0


def test_all_kinds_of_columns_with_missing_values_and_constants():
    rows = 40
    frame = pd.DataFrame(
        {
            "number": [None, *range(rows - 1)],
            "truth": ["yes", "no", None, "no"] * 10,
            "day": pd.date_range("2020-01-01", periods=rows).astype(str),
            "word": ["a", None, "b", "a"] * 10,
            "text": [f"some words {n}" for n in range(rows)],
            "same": [1.0] * rows,
            "nothing": [None] * rows,
            "one": ["x"] * rows,
        }
    )
    kinds = ["numeric", "boolean", "date", "category", "text", "numeric", "numeric", "category"]
    found = associations(frame, dict(zip(frame.columns, kinds, strict=True)))
    assert np.isfinite(found).all()
    assert np.allclose(found, found.T)
    assert found[0, 2] > 0.9  # the number and the day both rise
    assert not found[5].any() or np.flatnonzero(found[5]).tolist() == [5]


def test_any_two_of_a_group_are_associated():
    x = random().normal(size=(1000, 4))
    chain = np.stack([x[:, 0], x[:, 0] + 0.7 * x[:, 1], x[:, 0] + 1.5 * x[:, 1]], axis=1)
    frame = pd.DataFrame(np.c_[chain, x[:, 2:]], columns=list("abcde"))
    kinds = dict.fromkeys(frame.columns, "numeric")
    pairs = associations(frame, kinds)
    assert pairs[0, 1] > 0.7
    assert pairs[0, 2] < 0.7  # the ends of the chain are not
    groups = correlated_columns(frame, kinds)
    for group in groups:
        at = [list(kinds).index(name) for name in group]
        assert pairs[np.ix_(at, at)][~np.eye(len(at), dtype=bool)].min(initial=1) >= 0.7
    assert [group for group in groups if len(group) > 1] in ([("a", "b")], [("b", "c")])


def test_too_many_columns_are_left_alone():
    kinds = {f"c{n}": "numeric" for n in range(MOST_COLUMNS + 1)}
    assert len(correlated_columns(pd.DataFrame(), kinds)) == MOST_COLUMNS + 1
