"""Predictions block by block: the same numbers, in memory that many classes do not fill."""

import tracemalloc

import numpy as np
import pytest
from sklearn.datasets import load_iris

from epochal.estimators import DNNClassifier, DNNRegressor, logits

X, Y = load_iris(return_X_y=True)
MANY = np.tile(X, (5, 1))  # three batches


@pytest.fixture
def a_batch_at_once(monkeypatch):
    def hold(values: int) -> None:
        monkeypatch.setattr(logits, "VALUES_A_BLOCK", values)

    return hold


def test_any_blocks_give_the_same_bits(a_batch_at_once):
    model = DNNClassifier((4,), members=2, epochs=2, random_state=0).fit(X, Y)
    two = DNNClassifier((4,), members=2, epochs=2, random_state=0).fit(X, Y == 1)
    several = DNNClassifier((4,), epochs=2, random_state=0).fit(X, np.stack([Y > 0, Y > 1], 1))
    numbers = DNNRegressor((4,), members=2, epochs=2, random_state=0).fit(X, X[:, :2])

    def answers() -> list[np.ndarray]:
        found = [each.predict(MANY) for each in (model, two, several, numbers)]
        for each in (model, two, several):
            found += [each.predict_proba(MANY), each.decision_function(MANY)]
        return [*found, np.asarray(model.predict_uncertainty(MANY).total)]

    whole = answers()
    a_batch_at_once(1)
    sizes = [block.shape[1] for block in model._logits(MANY)]
    assert sizes == [256, 256, 238]
    for block, expected in zip(answers(), whole, strict=True):
        np.testing.assert_array_equal(block, expected)


def test_a_block_is_a_power_of_two_of_batches(a_batch_at_once):
    model = DNNClassifier((4,), members=2, epochs=1, random_state=0).fit(X, Y)
    a_batch_at_once(3 * 256 * 6)  # two networks, three classes
    assert [block.shape for block in model._logits(MANY)] == [(2, 512, 3), (2, 238, 3)]
    a_batch_at_once(1 << 20)
    assert [block.shape for block in model._logits(MANY)] == [(2, 750, 3)]


def test_classes_of_many_rows_are_never_held_at_once():
    classes, rows = 400, 8000
    x = np.random.default_rng(0).standard_normal((rows, 3))
    y = np.arange(rows) % classes
    model = DNNClassifier((4,), members=2, epochs=1, random_state=0).fit(x[:2000], y[:2000])
    model.predict(x[:300])
    tracemalloc.start()
    try:
        model.predict(x)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    all_at_once = 2 * rows * classes * 8
    assert most < 5 * logits.VALUES_A_BLOCK * 8 < all_at_once
