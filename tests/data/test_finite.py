"""Finite values: what passes, and which value the error names."""

import tracemalloc

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from epochal.data.finite import check_finite
from epochal.errors import InputError

LARGEST = float(np.finfo("float32").max)
ROUNDS_TO_INFINITY = 2.0**128 - 2.0**103


@pytest.mark.parametrize(
    "x",
    [
        np.full(3, 6e4, "float16"),  # its sum is beyond float16
        np.full(3, 3e38, "float32"),  # its sum is beyond float32
        np.full(3, LARGEST),
        np.array([np.nextafter(ROUNDS_TO_INFINITY, 0)]),
        np.array([2**64 - 1], "uint64"),
        np.array([1 + 1j]),
        jnp.full(3, 3e38),
        pd.DataFrame({"a": [LARGEST, 1.0], "b": [1, 2]}),
    ],
    ids=str,
)
def test_what_is_finite_in_float32_passes(x):
    check_finite(x, "x")  # which raises what it refuses


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.array([[1, 2], [np.nan, np.inf]]), r"got nan at \[1, 0\] \(2 such values\): fill or"),
        (np.array([1, -np.inf], "float16"), r"^x must be finite, got -inf at \[1\]: fill or drop"),
        (np.array([1, np.inf], "float32"), r"^x must be finite, got inf at \[1\]: fill or drop"),
        (np.array([1, np.nan + 1j]), r"^x must be finite, got \(?nan\+1j\)? at \[1\]"),
        (jnp.array([[1, jnp.nan]]), r"got nan at \[0, 1\]: "),
        (jnp.array([[1, jnp.nan]], "bfloat16"), r"got nan at \[0, 1\]: "),
        (np.array([0, 1e39]), r"^x must be finite in float32, got 1e\+39 at \[1\]: scale such val"),
        (np.array([-1e39, np.nan]), r"float32, got -1e\+39 at \[0\] \(2 such values\): scale"),
        (np.array([ROUNDS_TO_INFINITY]), r"^x must be finite in float32, got 3.4"),
        (np.array([1e39], "longdouble"), r"^x must be finite in float32, got 1e\+39"),
        (
            pd.DataFrame({"age": [1.0, 2], "fare": [3, np.nan]}, index=["p", "q"]),
            r"got nan in row q, column 'fare': fill or drop",
        ),
        (pd.DataFrame({"fare": [3, 1e40]}), "float32, got 1e.40 in row 1, column 'fare': scale"),
        (pd.Series([1, None], dtype="Int64"), r"got <NA> in row 1: fill or drop"),
    ],
    ids=str,
)
def test_what_is_not_finite_in_float32_is_named(x, message):
    with pytest.raises(InputError, match=message):
        check_finite(x, "x")


VALUES = [0.0, 1.5, -2e37, np.nan, np.inf, -np.inf]
SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, max_side=6)


@given(
    st.one_of(
        hnp.arrays("float32", SHAPES, elements=st.sampled_from(VALUES)),
        hnp.arrays("float64", SHAPES, elements=st.sampled_from([*VALUES, 2e39])),
    ),
    st.booleans(),
)
def test_the_first_position_and_the_count_are_those_of_a_plain_search(x, fortran):
    with np.errstate(over="ignore"):
        bad = np.argwhere(~np.isfinite(x.astype("float32")))
    x = np.asfortranarray(x) if fortran else x
    if len(bad) == 0:
        check_finite(x, "x")
        return
    with pytest.raises(InputError) as caught:
        check_finite(x, "x")
    more = f" ({len(bad)} such values)" if len(bad) > 1 else ""
    assert f" at {bad[0].tolist()}{more}: " in str(caught.value)


def test_positions_are_found_beyond_the_first_block():
    x = np.zeros((3000, 1000), "float32")
    x[2998, 7] = np.inf
    x[2999, 1] = np.nan
    with pytest.raises(InputError, match=r"got inf at \[2998, 7\] \(2 such values\)"):
        check_finite(x, "x")


def test_a_memory_mapped_array_is_checked_at_constant_memory(tmp_path):
    x = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", "float32", (200_000, 100))
    x[:] = 1.0
    tracemalloc.start()
    check_finite(x, "x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20
