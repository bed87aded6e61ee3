"""Sets of classes."""

import numpy as np
import pytest

from epochal.conformal.conformity import ClassConformity
from epochal.conformal.sets import ALL_SCORES, aps_scores, raps_scores
from epochal.errors import InputError


def prediction_sets(new, known, truth, coverage, **options):
    """Sets of new rows by the scores of known ones."""
    return ClassConformity.of(truth, known, truth).sets(new, coverage, **options)


@pytest.fixture
def drawn():
    """Probabilities of three classes, and classes drawn by them: calibration rows and new ones."""
    random = np.random.default_rng(0)
    probabilities = random.dirichlet([0.6, 0.4, 0.3], 4000)
    truth = (random.random(4000)[:, None] > probabilities.cumsum(axis=1)).sum(axis=1)
    return probabilities[:2000], truth[:2000], probabilities[2000:], truth[2000:]


def aps_by_loop(row, code):
    """Of the classes from the likeliest on, the probabilities up to the one asked for."""
    total = 0.0
    for each in sorted(range(len(row)), key=lambda k: (-row[k], k)):
        total += row[each]
        if each == code:
            return total
    raise AssertionError


def test_scores_are_those_of_a_loop(drawn):
    rows = drawn[0][:50]
    for row, aps, raps in zip(rows, aps_scores(rows), raps_scores(rows), strict=True):
        for code in range(3):
            rank = sorted(range(3), key=lambda k: (-row[k], k)).index(code)
            assert aps[code] == pytest.approx(aps_by_loop(row, code), abs=1e-12)
            assert raps[code] == pytest.approx(aps[code] + 0.01 * rank, abs=1e-12)


@pytest.mark.parametrize("method", ALL_SCORES)
@pytest.mark.parametrize("by_class", [False, True])
def test_sets_hold_the_truth_as_often_as_asked(drawn, method, by_class):
    known, truth, new, new_truth = drawn
    held = prediction_sets(new, known, truth, 0.85, method=method, by_class=by_class)
    covered = held[np.arange(len(new)), new_truth]
    assert abs(covered.mean() - 0.85) < 3 * np.sqrt(2 * 0.85 * 0.15 / 2000)
    of_class = [covered[new_truth == code].mean() for code in range(3)]
    if by_class:
        assert max(abs(one - 0.85) for one in of_class) < 0.05
    elif method == "lac":
        assert max(of_class) - min(of_class) > 0.1


def test_lac_makes_the_smallest_sets(drawn):
    known, truth, new, _ = drawn
    sizes = {
        name: prediction_sets(new, known, truth, 0.9, method=name).sum() for name in ALL_SCORES
    }
    assert sizes["lac"] == min(sizes.values()) < sizes["aps"]


def test_sets_are_as_crepes_makes_them():
    # crepes 0.9.1: ConformalClassifier().fit(1 - p[true]).predict_set(1 - new, confidence=c,
    # smoothing=False), on these rows.
    base = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4], [0.5, 0.25, 0.25]] * 10
    known = np.array(base) + np.arange(40)[:, None] * np.array([1e-3, -5e-4, -5e-4])
    new = [[0.6, 0.3, 0.1], [0.34, 0.33, 0.33], [0.05, 0.05, 0.9]]
    expected = {
        0.5: [[1, 1, 0], [1, 1, 1], [0, 0, 1]],
        0.8: [[1, 1, 0], [1, 1, 1], [0, 0, 1]],
        0.9: [[1, 1, 1], [1, 1, 1], [0, 0, 1]],
    }
    for coverage, sets in expected.items():
        found = prediction_sets(new, known, np.arange(40) % 3, coverage)
        assert found.astype(int).tolist() == sets


def test_a_class_with_too_few_rows_is_named():
    probabilities = np.full((20, 2), 0.5)
    found = ClassConformity.of([0] * 15 + [1] * 5, probabilities, [0] * 20)
    with pytest.raises(InputError, match="the 5 rows of class 'ill' that the training left out"):
        found.sets(probabilities, 0.9, by_class=True, names=["well", "ill"])
    with pytest.raises(InputError, match="the 5 rows of class '1' that the training left out"):
        prediction_sets(probabilities, probabilities, found.truth, 0.9, by_class=True)


def test_an_unknown_method_is_refused():
    with pytest.raises(
        InputError,
        match=r"^method must be one of lac, aps, raps, got 'abs': lac makes the smallest sets\. "
        r"Did you mean '",
    ):
        prediction_sets([[0.5, 0.5]], [[0.5, 0.5]], [0], 0.5, method="abs")
