"""Checks of arrays: what passes, and the error for what does not."""

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from epochal.data import check_arrays
from epochal.data.arrays import check_indices
from epochal.errors import InputError


@pytest.mark.parametrize(
    "x",
    [
        np.zeros((3, 2), "float32"),
        np.zeros((3, 2), "uint8"),
        np.ones(3, bool),
        np.asfortranarray(np.ones((3, 2))),
        jnp.ones((3, 2)),
        jnp.ones((3, 2), "bfloat16"),
        pd.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5]}),
        pd.Series([1, 2, 3], dtype="Int64"),
        {"left": np.zeros((3, 2)), "right": [np.zeros(3), np.zeros((3, 1))]},
    ],
    ids=lambda x: f"{type(x).__name__}-{getattr(x, 'dtype', '')}",
)
def test_good_arrays_pass(x):
    check_arrays(x, np.zeros(3), np.ones(3))  # which raises what it refuses


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ({"left": np.array([np.nan])}, r"x\['left'\] must be finite, got nan at \[0\]: fill"),
        (pd.DataFrame({"sex": ["m", "f"]}), r"x\['sex'\] must hold numbers, got dtype str: encode"),
        (np.array(["a"], object), "x must hold numbers, got dtype object: encode it"),
        (np.array(["a"]), "x must hold numbers, got dtype <U1"),
        (np.array(["2020-01-01"], "datetime64[D]"), "x must hold numbers, got dtype datetime"),
        (pd.Series(["a"], dtype="category"), "must hold numbers, got dtype category"),
        (np.zeros((0, 3)), r"x must not be empty, got shape \(0, 3\): check how it was read"),
        (
            np.float32(3),
            r"x must have one row per example, got a single value \(shape \(\)\): give",
        ),
        ([1, 2, 3], r"x must be an array.* got a list that holds 1: use numpy.asarray\(x\)"),
        ("table.csv", "x must be an array, got 'table.csv': give a NumPy"),
        (
            [np.zeros(2), np.zeros(3)],
            r"x\[1\] must have as many rows as x\[0\] \(2\), got 3 \(shape",
        ),
    ],
)
def test_bad_arrays_are_refused(x, message):
    with pytest.raises(InputError, match=message):
        check_arrays(x)


def test_the_parts_must_have_equal_lengths():
    with pytest.raises(InputError, match=r"y must have as many rows as x \(4\), got 3"):
        check_arrays(np.zeros((4, 2)), np.zeros(3))
    with pytest.raises(InputError, match=r"sample_weight must have as many rows as x \(4\)"):
        check_arrays(np.zeros((4, 2)), np.zeros(4), np.zeros(2))


def test_losses_are_walked_with_the_targets():
    y = {"kind": np.array([0, 3]), "price": np.array([1.5, 2])}
    loss = {"kind": "sparse_categorical_crossentropy", "price": "mse"}
    check_arrays(np.zeros(2), y, loss=loss, classes={"kind": 4, "price": 1})
    with pytest.raises(InputError, match=r"y\['kind'\] must hold labels from 0 to 2"):
        check_arrays(np.zeros(2), y, loss=loss, classes={"kind": 3, "price": 1})
    check_arrays(np.zeros(2), jnp.array([0, 1]), loss="sparse_categorical_crossentropy", classes=2)
    check_arrays(np.zeros(2), pd.Series([0, 1], dtype="Int64"), loss="mse", classes=1)
    check_arrays(np.zeros(2), [np.zeros(2), np.zeros(2)], loss=["mse", None], classes=[1, None])


def test_targets_and_weights_must_be_finite_in_float32_too():
    with pytest.raises(InputError, match=r"y must be finite in float32, got 1e\+39 at \[1\]"):
        check_arrays(np.zeros(2), np.array([0, 1e39]))
    with pytest.raises(InputError, match="sample_weight must be finite in float32, got 1e"):
        check_arrays(np.zeros(2), np.zeros(2), np.array([1, 1e39]))


@pytest.mark.parametrize("dtype", ["uint32", "int64", "uint64"])
def test_indices_must_fit_into_int32(dtype):
    check_indices(np.array([0, 2**31 - 1], dtype), "x")
    with pytest.raises(InputError, match=r"fit into int32, got 2147483648 at \[1, 0\]: number"):
        check_indices(np.array([[0], [2**31]], dtype), "x")
    check_indices(np.array([1e12]), "x")  # not whole numbers: no indices


def test_negative_indices_must_fit_into_int32():
    with pytest.raises(InputError, match=r"got -2147483649 at \[0\]"):
        check_indices(np.array([-(2**31) - 1]), "x")
