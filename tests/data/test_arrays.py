"""Arrays at the door: what passes, and the sentence for what does not."""

import tracemalloc

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from epochal.data import check_arrays
from epochal.errors import InputError


@pytest.mark.parametrize(
    "x",
    [
        np.zeros((3, 2), "float32"),
        np.zeros((3, 2), "uint8"),
        np.ones(3, bool),
        np.full(3, 6e4, "float16"),  # its sum is beyond float16
        np.full(3, 3e38, "float32"),  # its sum is beyond float32
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
    check_arrays(x, np.zeros(3), np.ones(3))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.array([[1, 2], [np.nan, np.inf]]), r"x must be finite: 2 values.*at \[1, 0\] \(nan\)"),
        (np.array([1, -np.inf], "float16"), r"1 value is not, the first at \[1\] \(-inf\)"),
        (jnp.array([[1, jnp.nan]]), r"the first at \[0, 1\] \(nan\)"),
        (jnp.array([[1, jnp.nan]], "bfloat16"), r"the first at \[0, 1\] \(nan\)"),
        (
            pd.DataFrame({"age": [1.0, 2], "fare": [3, np.nan]}, index=["p", "q"]),
            r"the first in row q, column 'fare' \(nan\)\. Fill or drop",
        ),
        (pd.Series([1, None], dtype="Int64"), r"the first in row 1 \(<NA>\)"),
        ({"left": np.array([np.nan])}, r"x\['left'\] must be finite"),
        (pd.DataFrame({"sex": ["m", "f"]}), r"x\['sex'\] must hold numbers, but its dtype is str"),
        (np.array(["a"], object), "x must hold numbers, but its dtype is object"),
        (np.array(["a"]), "x must hold numbers, but its dtype is <U1"),
        (
            np.array(["2020-01-01"], "datetime64[D]"),
            "x must hold numbers, but its dtype is datetime",
        ),
        (pd.Series(["a"], dtype="category"), "must hold numbers, but its dtype is category"),
        (np.zeros((0, 3)), r"x must not be empty, but its shape is \(0, 3\)"),
        (np.float32(3), r"x must have one row for each example.*shape \(\)"),
        ([1, 2, 3], r"x must be an array.*a list that holds 1\. Wrap it: numpy.asarray\(x\)"),
        ("table.csv", "x must be an array, but it is a str"),
        ([np.zeros(2), np.zeros(3)], r"x\[1\] must have as many rows as x\[0\].* 3 .*has 2\."),
    ],
)
def test_bad_arrays_are_refused(x, message):
    with pytest.raises(InputError, match=message):
        check_arrays(x)


def test_the_parts_must_have_equal_lengths():
    with pytest.raises(InputError, match=r"y must have as many rows as x, but y has 3"):
        check_arrays(np.zeros((4, 2)), np.zeros(3))
    with pytest.raises(InputError, match=r"sample_weight must have as many rows as x"):
        check_arrays(np.zeros((4, 2)), np.zeros(4), np.zeros(2))


@given(
    hnp.arrays(
        st.sampled_from(["float32", "float64"]),
        hnp.array_shapes(min_dims=1, max_dims=3, max_side=6),
        elements=st.sampled_from([0.0, 1.5, -2e37, np.nan, np.inf, -np.inf]),
    ),
    st.booleans(),
)
def test_the_first_position_and_the_count_are_those_of_a_plain_search(x, fortran):
    bad = np.argwhere(~np.isfinite(x))
    x = np.asfortranarray(x) if fortran else x
    if len(bad) == 0:
        check_arrays(x)
        return
    with pytest.raises(InputError) as caught:
        check_arrays(x)
    assert f"{len(bad)} value" in str(caught.value)
    assert f"the first at {bad[0].tolist()} " in str(caught.value)


def test_positions_are_found_beyond_the_first_block():
    x = np.zeros((3000, 1000), "float32")
    x[2998, 7] = np.inf
    x[2999, 1] = np.nan
    with pytest.raises(InputError, match=r"2 values are not, the first at \[2998, 7\]"):
        check_arrays(x)


def test_a_memory_mapped_array_is_checked_at_constant_memory(tmp_path):
    x = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", "float32", (200_000, 100))
    x[:] = 1.0
    tracemalloc.start()
    check_arrays(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_losses_are_walked_with_the_targets():
    y = {"kind": np.array([0, 3]), "price": np.array([1.5, 2])}
    loss = {"kind": "sparse_categorical_crossentropy", "price": "mse"}
    check_arrays(np.zeros(2), y, loss=loss, classes={"kind": 4, "price": 1})
    with pytest.raises(InputError, match=r"y\['kind'\] must hold labels from 0 to 2"):
        check_arrays(np.zeros(2), y, loss=loss, classes={"kind": 3, "price": 1})
    check_arrays(np.zeros(2), jnp.array([0, 1]), loss="sparse_categorical_crossentropy", classes=2)
    check_arrays(np.zeros(2), pd.Series([0, 1], dtype="Int64"), loss="mse", classes=1)
    check_arrays(np.zeros(2), [np.zeros(2), np.zeros(2)], loss=["mse", None], classes=[1, None])
