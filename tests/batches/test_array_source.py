"""The rows of every kind of array, as a device takes them."""

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from numpy.testing import assert_array_equal

from epochal.batches.array_source import ArraySource, without_own_dtypes

VALUES = np.arange(12).reshape(6, 2)
KINDS = {
    "float32": VALUES.astype("float32"),
    "float64": VALUES.astype("float64"),
    "uint8": VALUES.astype("uint8"),
    "reversed": VALUES.astype("float32")[::-1][::-1],
    "fortran": np.asfortranarray(VALUES.astype("float32")),
    "jax": jnp.asarray(VALUES, "float32"),
    "frame": pd.DataFrame(VALUES.astype("float32")),
    "sparse": scipy.sparse.csr_matrix(VALUES.astype("float32")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_a_slice_and_of_an_index(kind):
    source = ArraySource(KINDS[kind])
    assert source.shape == (6, 2)
    assert source.dtype == ("uint8" if kind == "uint8" else "float32")
    assert source.nbytes == 12 * source.dtype.itemsize
    assert not source.memory_mapped
    for rows in (slice(1, 4), np.array([5, 0, 5], np.int32)):
        taken = source.take(rows)
        assert taken.flags.c_contiguous
        assert taken.dtype == source.dtype
        assert_array_equal(taken, VALUES[rows])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [slice(1, 4), np.array([5, 0, 5], np.int32)], ids=type)
def test_room_is_filled_with_zeros_and_lies_where_xla_wants_it(kind, rows):
    taken = ArraySource(KINDS[kind]).take(rows, capacity=5)
    assert taken.shape == (5, 2)
    assert taken.ctypes.data % 64 == 0
    assert_array_equal(taken[:3], VALUES[rows])
    assert_array_equal(taken[3:], 0)


def test_a_memory_map_is_known_behind_a_view(tmp_path):
    np.save(tmp_path / "x.npy", VALUES)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert ArraySource(mapped).memory_mapped
    assert ArraySource(np.asarray(mapped)[::2]).memory_mapped
    assert_array_equal(ArraySource(mapped).take(slice(2, 4)), VALUES[2:4])


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (pd.Series([1, 2], dtype="Int64"), "int64"),
        (pd.Series([1.5, 2], dtype="Float32"), "float32"),
        (pd.DataFrame({"a": [True, False], "b": [1, 2]}), "float32"),
        (pd.DataFrame({"a": [True, False]}), "bool"),
        (pd.DataFrame({"a": [1.0, 2.0]}), "float64"),
    ],
    ids=["whole", "real", "mixed", "boolean", "plain"],
)
def test_pandas_own_dtypes_become_those_of_numpy(array, dtype):
    assert np.asarray(without_own_dtypes([array])[0]).dtype == dtype
