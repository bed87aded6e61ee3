"""Scalers: the registry, closed forms, plain loops, inverses, and constant columns."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import norm

from epochal.data import ALL_SCALERS, make_scaler
from epochal.errors import InputError
from tests.reference import scaling as reference
from tests.tolerances import (
    FLOAT32_REDUCTION,
    FLOAT32_ROUNDING,
    NORMAL_SCORES,
    PIXELS_AND_BACK,
    SCALED_AND_BACK,
)

RNG = np.random.default_rng(0)
TRAIN = RNG.normal(3, 5, (40, 6))
TRAIN[:, 2] = 7.5  # a constant column
TEST = RNG.normal(3, 5, (9, 6))
TEST[:, 2] = 7.5

LOOPS: dict[str, Callable[..., np.ndarray]] = {
    "minmax": lambda train, x: reference.min_max(train, x, 0, 1),
    "symmetric": lambda train, x: reference.min_max(train, x, -1, 1),
    "standard": reference.standard,
    "image": reference.standard,
    "l2": lambda train, x: reference.l2(x),
}


@pytest.mark.parametrize("kind", ALL_SCALERS)
def test_every_scaler_gives_finite_float32_of_the_same_shape(kind):
    scaled = make_scaler(kind).fit(TRAIN).transform(TEST)
    assert scaled.dtype == np.float32
    assert scaled.shape == TEST.shape
    assert np.isfinite(scaled).all()


@pytest.mark.parametrize("kind", [kind for kind in ALL_SCALERS if kind != "quantile"])
def test_every_scaler_agrees_with_a_plain_loop(kind):
    scaled = make_scaler(kind).fit(TRAIN).transform(TEST)
    np.testing.assert_allclose(scaled, LOOPS[kind](TRAIN, TEST), **FLOAT32_REDUCTION)


@pytest.mark.parametrize("kind", [kind for kind in ALL_SCALERS if kind != "l2"])
def test_what_loses_nothing_is_undone(kind):
    scaler = make_scaler(kind).fit(TRAIN)
    undone = scaler.inverse_transform(scaler.transform(TRAIN))
    assert undone.dtype == np.float32
    np.testing.assert_allclose(undone, TRAIN, **SCALED_AND_BACK)


def test_the_l2_norm_is_not_undone():
    assert not hasattr(make_scaler("l2"), "inverse_transform")
    scaled = make_scaler("l2").fit_transform([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(scaled, [[0.6, 0.8], [0.0, 0.0]], **FLOAT32_ROUNDING)


def test_minus_one_to_one_uses_the_minimum_not_the_mean():
    scaled = make_scaler("symmetric").fit_transform([[0.0], [1.0], [10.0]])
    np.testing.assert_allclose(scaled.ravel(), [-1, -0.8, 1], **FLOAT32_ROUNDING)


def test_quantiles_are_normal_scores():
    x = np.arange(101.0)[:, None] ** 3
    scaled = make_scaler("quantile").fit_transform(x)[:, 0]
    np.testing.assert_allclose(scaled[1:-1], norm.ppf(np.arange(1, 100) / 100), **NORMAL_SCORES)


def test_images_are_standardised_pixel_by_pixel_and_constant_pixels_are_0():
    images = RNG.integers(0, 256, (3000, 4, 5, 3), dtype=np.uint8)  # more than one block
    images[:, 1, 2, 0] = 201
    scaler = make_scaler("image").fit(images)
    scaled = scaler.transform(images)
    assert scaled.shape == images.shape
    assert scaled.dtype == np.float32
    assert (scaled[:, 1, 2, 0] == 0).all()
    expected = reference.standard(images[:, 0, 0], images[:, 0, 0])
    np.testing.assert_allclose(scaled[:, 0, 0], expected, **FLOAT32_REDUCTION)
    np.testing.assert_allclose(scaler.inverse_transform(scaled), images, **PIXELS_AND_BACK)


def test_a_constant_pixel_stays_0_even_where_rounding_makes_it_vary():
    scaled = make_scaler("image").fit_transform(np.full((1000, 2), 0.1))
    assert (scaled == 0).all()


def test_bad_scaling_is_refused():
    with pytest.raises(InputError, match=r"kind must be one of.*Did you mean 'standard'\?"):
        make_scaler("standart")
    with pytest.raises(
        InputError, match=r"X must have shape \(rows, columns\), got shape \(2, 2, 2\): fl"
    ):
        make_scaler("minmax").fit(np.zeros((2, 2, 2)))
    with pytest.raises(InputError, match=r"fitted shape \(4, 4\), got \(5, 5\): give"):
        make_scaler("image").fit(np.zeros((2, 4, 4))).transform(np.zeros((2, 5, 5)))
