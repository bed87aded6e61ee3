"""Which rows each member is trained on."""

from typing import Any

import numpy as np
import pytest

from epochal.errors import InputError
from epochal.training.population.rows import rows_of_members

SEEDS = [11, 12, 13, 14]


def rows_of(*arguments: Any) -> Any:
    """The rows of each member, of whatever kind they are."""
    return rows_of_members(*arguments)


def test_folds_leave_each_row_out_once_and_hold_as_much_of_each_class():
    classes = np.repeat([0, 1, 2], [40, 17, 7])
    folds = rows_of("folds", 64, SEEDS, 0, classes)
    left_out = np.concatenate([fold.left_out for fold in folds])
    assert sorted(left_out) == list(range(64))
    for fold in folds:
        assert sorted([*fold.taken, *fold.left_out]) == list(range(64))
        assert np.all(np.abs(np.bincount(classes[fold.left_out]) - [10, 4.25, 1.75]) < 1)


def test_folds_without_classes_are_of_equal_size_and_follow_the_seed():
    first, again, other = (rows_of("folds", 10, SEEDS, seed) for seed in (1, 1, 2))
    assert sorted(len(fold.left_out) for fold in first) == [2, 2, 3, 3]
    assert all(np.array_equal(a.taken, b.taken) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a.taken, b.taken) for a, b in zip(first, other, strict=True))


def test_a_bootstrap_draws_as_many_rows_as_there_are_by_the_seed_of_its_member():
    members = rows_of("bootstrap", 1000, [7, 8, 7], 0)
    taken = [member.taken for member in members]
    assert len(taken[0]) == 1000
    assert np.array_equal(taken[0], taken[2])
    assert not np.array_equal(taken[0], taken[1])
    for member in members:  # about 1/e of the rows are never drawn
        assert 320 < len(member.left_out) < 420
        assert not np.isin(member.left_out, member.taken).any()


def test_rows_by_number_by_mask_and_by_weight():
    numbers = rows_of([np.array([2, 0, 2]), [1, 2, 3]], 4, SEEDS[:2], 0)
    assert numbers[0].taken.tolist() == [2, 0, 2]
    assert numbers[0].left_out.tolist() == [1, 3]
    masks = rows_of(np.eye(4, dtype=bool)[:2], 4, SEEDS[:2], 0)
    assert [mask.taken.tolist() for mask in masks] == [[0], [1]]
    weights = rows_of(np.full((2, 4), 0.5), 4, SEEDS[:2], 0)
    assert weights[0].taken is None
    assert weights[0].left_out is None
    assert weights[0].weights.tolist() == [0.5] * 4
    everything = rows_of([np.arange(4)], 4, SEEDS[:1], 0)
    assert everything[0].left_out is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("fold", r"rows must be one of bootstrap, folds, got 'fold'\. Did you mean 'folds'\?"),
        (3, "rows must hold one array for each of the 4 members, got 3: give None, 'bootstrap'"),
        ([[0]], "rows must hold one array for each of the 4 members, got 1: give None"),
        ([[0], [1], [], [2]], r"rows\[2\] must be an array of row numbers, got one of float64 in"),
        ([[0], [1], [5], [2]], r"rows\[2\] must hold numbers from 0 to 4, got 5: number the rows"),
        ([[0], [-1], [3], [2]], r"rows\[1\] must hold numbers from 0 to 4, got -1"),
        ([[0.5], [1.0, 2], [3], [2]], r"rows\[0\] must be an array of row numbers, got one of flo"),
        (
            np.ones((4, 3)),
            r"rows must have the shape \(members, rows\) where it holds weights, \(4, 5",
        ),
        (np.zeros((4, 5)), "rows must hold finite weights of at least 0, some of each member abo"),
        (np.full((4, 5), np.nan), "rows must hold finite weights of at least 0"),
    ],
)
def test_other_rows_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        rows_of(given, 5, SEEDS, 0)


def test_more_folds_than_rows_of_a_class_are_refused():
    message = (
        "rows='folds' must have at most as many members as there are rows of each class, got 4 "
        "members and 3 rows of class 1: give fewer members"
    )
    with pytest.raises(InputError, match=message):
        rows_of("folds", 10, SEEDS, 0, np.repeat([0, 1], [7, 3]))
    with pytest.raises(InputError, match="got 4 members and 3 rows: give fewer"):
        rows_of("folds", 3, SEEDS, 0)
    with pytest.raises(InputError, match="rows='folds' must have at least 2 members, got 1"):
        rows_of("folds", 10, SEEDS[:1], 0)
