"""A target and its loss: which pairs pass, and the error for those that do not."""

import numpy as np
import pytest

from epochal.data import check_target
from epochal.errors import InputError

SPARSE = "sparse_categorical_crossentropy"
ONE_HOT = np.eye(3)


@pytest.mark.parametrize(
    ("y", "loss", "classes"),
    [
        (np.array([0, 2, 1]), SPARSE, 3),
        (np.array([[0], [2.0]]), SPARSE, 3),
        (np.array([1, 2]), SPARSE, 5),  # a part without the first class
        (np.eye(4, dtype=int), SPARSE, None),  # one event in each of four sequences
        (np.array([1, 2, 3]), SPARSE, None),  # tokens, of which 0 is padding
        (ONE_HOT, "categorical_crossentropy", 3),
        (0.9 * ONE_HOT + 0.1 / 3, "CategoricalCrossentropy", 3),  # smoothed
        (np.array([0, 1, 0.5]), "binary_crossentropy", 1),
        (np.array([True, False]), "BinaryCrossentropy", 1),
        (np.array([[0, 1], [1, 1]]), "binary_crossentropy", 2),
        (np.array([-5.0, 1e6]), "mse", 1),
        (np.zeros((4, 2)), "mean_absolute_error", 2),
        (np.zeros((4, 2)), "mse", None),
    ],
)
def test_suitable_targets_pass(y, loss, classes):
    check_target(y, loss, classes)  # which raises what it refuses


@pytest.mark.parametrize(
    ("y", "loss", "classes", "message"),
    [
        (ONE_HOT, SPARSE, 3, r"integer labels.*one-hot rows \(shape \(3, 3\)\): use categorical"),
        (np.zeros((4, 2)), SPARSE, 2, r"one integer label per row.* got shape \(4, 2\): use"),
        (np.array([0, 1.5]), SPARSE, 2, r"got 1\.5 at \[1\]: use a regression loss"),
        (np.array([0, -1]), SPARSE, 2, r"labels from 0 on.*got -1 at \[1\]: number the classes"),
        (np.array([1, 2, 3]), SPARSE, 3, r"from 1 to 3: number the classes from 0 with y - 1"),
        (np.array([0, 9]), SPARSE, 9, r"from 0 to 8.*9 outputs, got 9 at \[1\]: give .* 10 outp"),
        (np.array([True, True]), SPARSE, 1, "got labels from 1 to 1"),
        (
            np.array([0, 2]),
            "categorical_crossentropy",
            3,
            r"must be one-hot.*got one value.*: use sparse_cat",
        ),
        (
            np.eye(4),
            "categorical_crossentropy",
            3,
            r"as many columns .* outputs \(3\), got shape \(4, 4\)",
        ),
        (2 * ONE_HOT, "categorical_crossentropy", 3, r"between 0 and 1 .*got 2 at \[0, 0\]"),
        (
            np.array([-1, 1]),
            "binary_crossentropy",
            1,
            r"got -1 at \[0\]: turn -1 and 1 into 0 and 1",
        ),
        (np.array([0, 2]), "binary_crossentropy", 1, r"got 2 at \[1\]: use a loss for such values"),
        (np.array([0, 1]), "binary_crossentropy", 4, r"outputs \(4\), got shape \(2,\)"),
        (np.zeros((5, 2)), "mse", 1, r"outputs \(1\).*: give the last layer 2 units, or reshape y"),
        (np.array([0, 5 * 10**9]), SPARSE, None, r"fit into int32.*got 5000000000 at \[1\]: numb"),
        (np.array([0, 2**63], "uint64"), SPARSE, None, "fit into int32.*got 9223372036854775808"),
    ],
)
def test_unsuitable_targets_are_refused(y, loss, classes, message):
    with pytest.raises(InputError, match=message):
        check_target(y, loss, classes)
