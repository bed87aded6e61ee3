"""Subnormal numbers become zeros, in a copy; nothing else changes, and nothing is copied for it."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from epochal.engine.xla.flushing import flushed


@pytest.mark.parametrize("size", [1, 65_536, 65_537, 200_000])
def test_only_they_change_and_in_a_copy(size):
    random = np.random.default_rng(0)
    x = random.standard_normal(size).astype(np.float32)
    assert flushed(x) is x
    x[-1] = 1.1e-38
    kept = x.copy()
    found = flushed(x)
    assert_array_equal(x, kept)
    assert_array_equal(found[:-1], kept[:-1])
    assert found[-1] == 0


@pytest.mark.parametrize(
    "value", [0.0, -0.0, np.finfo(np.float32).smallest_normal, np.inf, -np.inf, np.nan]
)
def test_other_numbers_stay(value):
    x = np.full((3, 2), value, np.float32)
    assert flushed(x) is x
    assert flushed(np.arange(3)).dtype == np.int64
