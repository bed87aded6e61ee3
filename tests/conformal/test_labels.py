"""Sets of several labels."""

import numpy as np
import pytest

from epochal.conformal.labels import LabelConformity
from epochal.errors import InputError

SPLITS, KNOWN, NEW = 200, 80, 400


def drawn(random, rows):
    """A model that is wrong about how sure it is, and labels of which one is rare."""
    true = np.column_stack([random.beta(1, 1, rows), random.beta(1, 3, rows)])
    shown = true**1.5
    return shown, random.random(true.shape) < true


def held_of(found, has):
    return np.take_along_axis(found, has.astype(int)[..., None], axis=2)[..., 0]


def coverages(coverage, **options):
    """Of each of many splits and each label: of all rows, of those without it, of those with it."""
    random, found = np.random.default_rng(0), []
    for _ in range(SPLITS):
        shown, has = drawn(random, KNOWN + NEW)
        known = LabelConformity.of(has[:KNOWN], shown[:KNOWN])
        held = held_of(known.sets(shown[KNOWN:], coverage, **options), has[KNOWN:])
        new = has[KNOWN:]
        found.append(
            [
                held.mean(axis=0),
                [held[~new[:, at], at].mean() for at in range(2)],
                [held[new[:, at], at].mean() for at in range(2)],
            ]
        )
    return np.array(found)


def near(values, asked):
    """Whether the mean over splits is that of ranks, within three standard errors of it."""
    error = values.std(ddof=1) / np.sqrt(len(values))
    return abs(values.mean() - asked) < 3 * error


def test_each_label_is_covered_as_often_as_asked_over_many_splits():
    found = coverages(0.9)
    # The 73rd of 80 scores: 73 / 81 of new ones are no larger.
    assert near(found[:, 0, 0], 73 / 81)
    assert near(found[:, 0, 1], 73 / 81)
    # On average only: of the rows that have the rare label, far fewer.
    assert found[:, 2, 1].mean() < 0.65


def test_by_class_rows_with_and_without_a_label_are_covered():
    found = coverages(0.7, by_class=True)
    for of_part in found[:, 1:].reshape(SPLITS, -1).T:
        error = of_part.std(ddof=1) / np.sqrt(SPLITS)
        assert of_part.mean() > 0.7 - 3 * error
    assert found[:, 2, 1].mean() < 0.85  # and not by being unsure of all


def test_scores_of_rows_that_were_trained_on_cover_too_little():
    """What the measure above finds where the promise is broken."""
    random, found = np.random.default_rng(0), []
    for _ in range(SPLITS):
        shown, has = drawn(random, KNOWN + NEW)
        learnt = np.where(has[:KNOWN], shown[:KNOWN] ** 0.5, shown[:KNOWN] ** 2)
        known = LabelConformity.of(has[:KNOWN], learnt)
        found.append(held_of(known.sets(shown[KNOWN:], 0.9), has[KNOWN:])[:, 0].mean())
    assert not near(np.array(found), 73 / 81)
    assert np.mean(found) < 0.85


def test_what_is_likelier_is_always_held():
    known = LabelConformity.of(np.ones((50, 1)), np.full((50, 1), 0.99))
    sets = known.sets([[0.2], [0.5], [0.8], [0.995]], 0.5)
    assert sets[:, 0].tolist() == [[True, False], [True, True], [False, True], [False, True]]


def test_optimism_is_that_of_the_log_loss():
    shown, has = drawn(np.random.default_rng(1), 30)
    plain, worse = (LabelConformity.of(has, shown, optimism=each).scores for each in (1.0, 1.5))
    np.testing.assert_allclose(np.log(1 - worse), 1.5 * np.log(1 - plain))


def test_too_few_rows_are_named():
    found = LabelConformity.of([[1, 0]] * 5 + [[0, 0]] * 20, np.full((25, 2), 0.5))
    with pytest.raises(
        InputError,
        match=r"^coverage must be one that the 5 rows with label 'red' that the training left out "
        r"can give, got 0\.9, which needs 9: ask for less, or train on more rows\.$",
    ):
        found.sets(np.full((1, 2), 0.5), 0.9, by_class=True, names=["red", "old"])
    with pytest.raises(InputError, match=r"the 25 rows that .*, got 0\.99, which needs 99"):
        found.sets(np.full((1, 2), 0.5), 0.99)


def test_other_methods_are_refused():
    found = LabelConformity.of(np.ones((9, 2)), np.full((9, 2), 0.5))
    with pytest.raises(
        InputError,
        match=r"^method must be 'lac' for several labels, got 'aps': of yes and no, the others "
        r"hold both in nearly all rows\.$",
    ):
        found.sets(np.full((1, 2), 0.5), 0.9, method="aps")
