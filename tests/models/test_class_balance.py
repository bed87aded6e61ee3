"""Rare classes that count as much in the training, and probabilities that are put right again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

import epochal
from epochal.models import network
from epochal.models.class_balance import CORRECTED, ClassBalance, CorrectedCrossentropy

CLASSES = st.lists(st.integers(0, 2), min_size=3, max_size=40).filter(lambda y: len(set(y)) == 3)


@given(CLASSES)
def test_weights_are_scikit_learns_and_those_of_the_formula(y):
    weights = ClassBalance.of(np.array(y), 3).weights
    np.testing.assert_allclose(weights, compute_class_weight("balanced", classes=np.arange(3), y=y))
    np.testing.assert_allclose(weights, [len(y) / (3 * y.count(code)) for code in range(3)])
    # Each class then counts as much as another.
    assert np.ptp([weights[code] * y.count(code) for code in range(3)]) < 1e-9


def test_a_class_without_rows_has_a_weight_of_one():
    assert ClassBalance.of(np.array([0, 0, 2]), 3).weights == (0.75, 1.0, 1.5)


@given(CLASSES, st.integers(0, 9))
def test_rows_are_repeated_until_each_class_has_as_many(y, seed):
    codes = np.array(y)
    allowed = np.flatnonzero(np.arange(len(y)) % 3 != 1)
    drawn = ClassBalance(weights=(1, 1, 1), oversample=True).drawn(allowed, codes, seed)
    counts = np.unique(codes[drawn], return_counts=True)[1]
    assert np.ptp(counts) == 0
    assert set(drawn) == set(allowed)  # no other row, and each of these
    assert counts[0] == np.unique(codes[allowed], return_counts=True)[1].max()


def test_without_oversampling_no_row_is_repeated():
    rows = np.array([0, 2])
    assert ClassBalance(weights=(1, 2)).drawn(rows, np.array([0, 0, 1]), 0) is rows


@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_are_put_right_as_elkan_does(classes):
    kind = "binary" if classes == 2 else "multiclass"
    x = np.random.default_rng(0).standard_normal((50, 4)).astype(np.float32)
    model = network(kind, 4, hidden=(8,), classes=None if classes == 2 else classes, seed=1)
    balance = ClassBalance(weights=(0.6, 3.0, 1.7)[:classes])
    before = epochal.predict(model, x, verbose=0)
    balance.put_right(model)
    after = epochal.predict(model, x, verbose=0)
    if classes == 2:
        # Theorem 2: p' = b' (p - p b) / (b - p b + b' p - b b') for a base rate b that becomes b'.
        p, frequency = before.astype(float), 0.6 / (0.6 + 3.0)
        base = frequency * 3.0 / (frequency * 3.0 + (1 - frequency) * 0.6)
        b, to = base, frequency
        right = to * (p - p * b) / (b - p * b + to * p - b * to)
    else:
        odds = before / np.array(balance.weights)
        right = odds / odds.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(after, right, atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_an_epoch_is_judged_by_the_probabilities_put_right(classes):
    kind = "binary" if classes == 2 else "multiclass"
    random = np.random.default_rng(0)
    x = random.standard_normal((60, 4)).astype(np.float32)
    y = random.integers(0, classes, 60)
    given = y.astype(np.float32)[:, None] if classes == 2 else y.astype(np.int32)
    balance = ClassBalance(weights=(0.6, 3.0, 1.7)[:classes])
    model = network(
        kind,
        4,
        hidden=(8,),
        classes=None if classes == 2 else classes,
        metrics=[CorrectedCrossentropy(balance.weights)],
        seed=1,
    )
    judged = epochal.evaluate(model, x, given, verbose=0, return_dict=True)[CORRECTED]
    balance.put_right(model)
    p = epochal.predict(model, x, verbose=0).astype(float)
    p = np.hstack([1 - p, p]) if classes == 2 else p
    assert judged == pytest.approx(-np.log(p[np.arange(60), y]).mean(), rel=1e-5)


def test_the_metric_is_made_again_from_its_config():
    metric = CorrectedCrossentropy((0.5, 2.0))
    again = CorrectedCrossentropy.from_config(metric.get_config())
    assert (again.name, again.weights_of_classes) == (CORRECTED, (0.5, 2.0))
