"""Numbers squashed and in pieces: by their definition, and at the edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from epochal.data.preprocessing.numbers import NumericEncoder

FINITE = st.floats(-1e9, 1e9, allow_nan=False, width=32)


def test_the_pieces_rise_one_after_another_between_quantiles():
    x = np.arange(101.0)[:, None]
    encoder = NumericEncoder(4).fit(x)
    np.testing.assert_allclose(encoder.cuts_[0], [0, 25, 50, 75, 100])
    pieces = encoder.transform([[-5.0], [0.0], [12.5], [25.0], [60.0], [100.0], [1e6]])[:, 1:]
    wanted: list[list[float]] = [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0.5, 0, 0, 0],
        [1, 0, 0, 0],
        [1, 1, 0.4, 0],
        [1, 1, 1, 1],
        [1, 1, 1, 1],
    ]
    np.testing.assert_allclose(pieces, wanted, atol=1e-6)


def test_squashing_keeps_the_order_and_small_numbers_and_has_an_end():
    x = np.concatenate([np.linspace(-1, 1, 99), [1e12]])[:, None]
    squashed = NumericEncoder(0).fit_transform(x)[:, 0]
    assert (np.diff(squashed) > 0).all()
    assert squashed.max() <= 3
    assert np.median(squashed) == pytest.approx(0, abs=0.02)
    low, high = np.percentile(squashed, [25, 75])
    assert high - low == pytest.approx(1, abs=0.05)


def test_few_values_have_few_pieces_and_two_none():
    x = np.array([[0.0, 1.0, 5.0], [1.0, 2.0, 5.0], [0.0, 4.0, 5.0]])
    encoder = NumericEncoder(16).fit(x)
    assert [len(cuts) for cuts in encoder.cuts_] == [0, 3, 0]
    assert encoder.transform(x).shape == (3, 3 + 2)
    names = encoder.get_feature_names_out(["a", "b", "c"])
    assert list(names) == ["a", "b", "c", "b_piece0", "b_piece1"]


@given(arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 3)), elements=FINITE))
def test_whatever_it_is_given_it_gives_small_finite_numbers(x):
    encoded = NumericEncoder(5).fit_transform(x)
    assert encoded.dtype == np.float32
    assert np.isfinite(encoded).all()
    assert np.abs(encoded[:, : x.shape[1]]).max() <= 3
    pieces = encoded[:, x.shape[1] :]
    assert ((pieces >= 0) & (pieces <= 1)).all()


@given(arrays(np.float64, st.tuples(st.integers(3, 60), st.just(1)), elements=FINITE))
def test_pieces_never_fall_as_the_number_rises(x):
    encoder = NumericEncoder(4).fit(x)
    pieces = encoder.transform(np.sort(x, axis=0))[:, 1:]
    assert (np.diff(pieces, axis=0) >= 0).all()
