"""Of very many columns those that predictions rest on are among the few that are measured."""

import numpy as np
import pandas as pd
import pytest

from epochal.explanation.candidate_groups import candidate_groups, followed
from epochal.explanation.composed_rows import ComposedRows


def rows_of(x, predict, **columns):
    frame = pd.DataFrame(x).rename(columns="c{}".format).assign(**columns)
    features = [np.array([at]) for at in range(x.shape[1])] + [np.empty(0, int)] * len(columns)
    return ComposedRows.encoded(predict, frame, x, features)


@pytest.mark.parametrize("most_predicted", [2000, 120])
def test_what_predictions_rest_on_is_taken(most_predicted):
    """With 120 predictions not every column can be shuffled."""
    predicted = []

    def predict(x):
        predicted.append(len(x))
        return 3 * x[:, 7] - 2 * x[:, 150]

    x = np.random.default_rng(0).normal(size=(300, 200))
    rows = rows_of(x, predict)
    groups: list[tuple[str, ...]] = [(name,) for name in rows.columns]
    chosen = candidate_groups(rows, groups, 10, most_predicted, 0)
    assert len(chosen) == 10
    assert {("c7",), ("c150",)} <= set(chosen)
    assert chosen == [group for group in groups if group in chosen]
    assert sum(predicted) <= 2 * most_predicted


def test_few_groups_are_all_taken_without_a_prediction():
    def predict(x):
        raise AssertionError

    rows = rows_of(np.ones((5, 3)), predict)
    groups: list[tuple[str, ...]] = [("c0", "c1"), ("c2",)]
    assert candidate_groups(rows, groups, 2, 100, 0) == groups


def test_columns_only_together_with_another_are_found_by_shuffling():
    x = np.random.default_rng(0).normal(size=(300, 60))
    rows = rows_of(x, lambda x: x[:, 3] * x[:, 40])
    chosen = candidate_groups(rows, [(name,) for name in rows.columns], 5, 3000, 0)
    assert {("c3",), ("c40",)} <= set(chosen)


def test_words_and_missing_numbers_are_compared_too():
    x = np.random.default_rng(0).normal(size=(300, 2))
    rows = rows_of(
        x,
        lambda x: x[:, 1] ** 3,
        word=np.where(x[:, 1] > 0, "high", "low"),
        alone=[f"v{n}" for n in range(300)],
        coin=np.random.default_rng(1).choice(["a", "b"], 300),
        holes=np.where(np.arange(300) % 5 == 0, np.nan, x[:, 1]),
        same=1.0,
    )
    found = dict(zip(rows.columns, followed(rows, np.arange(300), rows.columns), strict=True))
    assert found["c1"] == pytest.approx(1)
    assert found["c0"] < 0.2
    assert found["word"] == pytest.approx(np.sqrt(0.75), abs=0.02)
    assert found["alone"] == found["same"] == 0
    assert found["coin"] < 0.2
    assert 0.5 < found["holes"] < 1
