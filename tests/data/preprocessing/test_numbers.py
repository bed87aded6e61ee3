"""Numbers squashed and in pieces: by their definition, and at the edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LinearRegression

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


def test_numbers_that_many_rows_have_are_ends_by_themselves():
    """Nine of ten rows are 0: all quantiles but two would be, and the rest a single piece."""
    x = np.concatenate([np.zeros(900), np.arange(1.0, 101)])[:, None]
    np.testing.assert_allclose(NumericEncoder(5).fit(x).cuts_[0], [0, 1, 25.75, 50.5, 75.25, 100])


def test_numbers_that_many_rows_have_leave_the_others_their_share_of_pieces():
    """Without the heap at 5 the one at 7 is larger than a piece of what is left."""
    x = np.concatenate([np.full(500, 5.0), np.full(60, 7.0), np.arange(440.0) + 10])[:, None]
    cuts = NumericEncoder(10).fit(x).cuts_[0]
    assert list(cuts[:2]) == [5, 7]
    np.testing.assert_allclose(cuts[2:], np.quantile(np.arange(440.0) + 10, np.linspace(0, 1, 9)))


def test_a_bend_behind_a_heap_is_learnt_from_the_pieces():
    """A column that is mostly 0 tells the target by where among the few others it lies."""
    rng = np.random.default_rng(0)
    x = np.where(rng.random(4000) < 0.95, 0.0, rng.uniform(1, 100, 4000))
    y = np.isin(x // 25, [1, 3]) & (x > 0)
    encoded = NumericEncoder(16).fit_transform(x[:, None])
    fitted = LinearRegression().fit(encoded, y).predict(encoded)
    assert np.corrcoef(fitted, y)[0, 1] > 0.9
