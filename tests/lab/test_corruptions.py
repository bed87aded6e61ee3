"""Corrupted images against their definitions: in pixels from 0 to 1, the same ones each time."""

import numpy as np
import pytest
from scipy.ndimage import convolve1d

from epochal.lab.corruptions import ALL_CORRUPTIONS, BLUR, CONTRAST, NOISE, STRENGTHS, corrupt

IMAGES = np.random.default_rng(0).random((40, 28, 28, 3)).astype(np.float32)
GREY = np.full((40, 28, 28, 1), 0.5, np.float32)


@pytest.mark.parametrize("name", ALL_CORRUPTIONS)
@pytest.mark.parametrize("strength", STRENGTHS)
def test_they_stay_images_and_are_the_same_each_time(name, strength):
    worse = corrupt(IMAGES, name, strength)
    assert worse.shape == IMAGES.shape
    assert worse.dtype == np.float32
    assert worse.min() >= 0
    assert worse.max() <= 1
    np.testing.assert_array_equal(corrupt(IMAGES, name, strength), worse)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_noise_has_its_standard_deviation(strength):
    noise = corrupt(GREY, "noise", strength) - 0.5
    assert abs(noise.std() / NOISE[strength - 1] - 1) < 0.02  # of 31,360 draws: four errors
    assert abs(noise.mean()) < 0.01 * strength


@pytest.mark.parametrize("strength", STRENGTHS)
def test_contrast_shrinks_each_image_towards_its_mean(strength):
    worse = corrupt(IMAGES, "contrast", strength)
    np.testing.assert_allclose(worse.mean(axis=(1, 2)), IMAGES.mean(axis=(1, 2)), atol=1e-5)
    factor = worse.std(axis=(1, 2)) / IMAGES.std(axis=(1, 2))
    np.testing.assert_allclose(factor, CONTRAST[strength - 1], atol=1e-5)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_blur_is_a_product_with_a_bell(strength):
    at = np.arange(-4, 5)
    bell = np.exp(-(at**2) / (2 * BLUR[strength - 1] ** 2))
    expected = IMAGES.astype(float)
    for axis in (1, 2):
        expected = convolve1d(expected, bell / bell.sum(), axis=axis, mode="nearest")
    np.testing.assert_allclose(corrupt(IMAGES, "blur", strength), expected, atol=1e-3)


def test_shifts_go_to_all_four_sides():
    point = np.zeros((200, 28, 28, 1), np.float32)
    point[:, 14, 14] = 1
    worse = corrupt(point, "shift", 2)
    places = {tuple(np.argwhere(image[..., 0] == 1)[0].tolist()) for image in worse}
    assert places == {(18, 14), (10, 14), (14, 18), (14, 10)}


def test_rotations_go_to_both_sides():
    """A bar that lies right of the centre comes up or down, by the sine of the angle."""
    bar = np.zeros((200, 29, 29, 1), np.float32)
    bar[:, 13:16, 23:26] = 1  # 10 pixels right of the centre
    worse = corrupt(bar, "rotation", 2)[..., 0].astype(float)
    rows, columns = (np.arange(29) - 14 for _ in range(2))
    mass = worse.sum(axis=(1, 2))
    down = np.einsum("nij,i->n", worse, rows) / mass
    right = np.einsum("nij,j->n", worse, columns) / mass
    np.testing.assert_allclose(np.abs(down), 10 * np.sin(np.pi / 6), atol=0.2)
    np.testing.assert_allclose(right, 10 * np.cos(np.pi / 6), atol=0.2)
    assert 50 < (down > 0).sum() < 150
