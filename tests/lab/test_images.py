"""Images as they are split and scaled; shifted and mirrored images, by hand and one by one."""

import numpy as np
import pytest

from epochal.lab import ALL_SCALES
from epochal.lab.images import (
    augment_images,
    raw_images,
    shift_images,
    standardized_images,
    unit_images,
)
from tests.tolerances import PIXEL_MEANS, PIXEL_STDS, STANDARDIZED_PIXELS

SMALL, FULL = ALL_SCALES["small"], ALL_SCALES["full"]
ONE = np.arange(9).reshape(1, 3, 3, 1)


@pytest.mark.parametrize(
    ("down", "right", "mirrored", "expected"),
    [
        (0, 0, False, [[0, 1, 2], [3, 4, 5], [6, 7, 8]]),
        (1, 0, False, [[3, 4, 5], [0, 1, 2], [3, 4, 5]]),  # the second row is reflected in
        (-1, 0, False, [[3, 4, 5], [6, 7, 8], [3, 4, 5]]),
        (0, 1, False, [[1, 0, 1], [4, 3, 4], [7, 6, 7]]),
        (0, 0, True, [[2, 1, 0], [5, 4, 3], [8, 7, 6]]),
        (0, 1, True, [[1, 0, 1], [4, 3, 4], [7, 6, 7]]),
    ],
)
def test_shifts_by_hand(down, right, mirrored, expected):
    result = shift_images(ONE, down, right, mirrored=mirrored)
    np.testing.assert_array_equal(result[0, :, :, 0], expected)


def test_every_augmented_image_is_one_of_the_shifts_and_all_of_them_occur():
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, size=(400, 6, 5, 3), dtype=np.uint8)
    result = augment_images(images, 1, np.random.default_rng(1))
    shifts = [
        shift_images(images, down, right, mirrored=mirrored)
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
        for mirrored in (False, True)
    ]
    same = np.array([(result == shifted).all(axis=(1, 2, 3)) for shifted in shifts])
    np.testing.assert_array_equal(same.sum(axis=0), 1)
    assert same.any(axis=1).all()
    assert (result == augment_images(images, 1, np.random.default_rng(1))).all()


@pytest.mark.usefixtures("data_folder")
def test_the_first_training_images_are_for_validation() -> None:
    images = raw_images("cifar-10", FULL)
    assert images.x_train.shape == (45000, 32, 32, 3)
    assert images.x_valid.shape == (5000, 32, 32, 3)
    everything = np.concatenate([images.y_valid, images.y_train])
    small = raw_images("cifar-10", SMALL)
    np.testing.assert_array_equal(small.y_train, everything[5000:7000])
    np.testing.assert_array_equal(small.y_valid, everything[:500])


@pytest.mark.usefixtures("data_folder")
def test_pixels_are_scaled_by_the_training_part() -> None:
    images = standardized_images("fashion-mnist", SMALL)
    varies = images.x_train.std(axis=0) > 0
    np.testing.assert_allclose(images.x_train.mean(axis=0), 0, **PIXEL_MEANS)
    np.testing.assert_allclose(images.x_train.std(axis=0)[varies], 1, **PIXEL_STDS)
    pixels = raw_images("fashion-mnist", SMALL)
    mean, std = pixels.x_train.mean(axis=0), pixels.x_train.std(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = (pixels.x_test - mean) / std
    np.testing.assert_allclose(images.x_test[:, varies], expected[:, varies], **STANDARDIZED_PIXELS)
    assert unit_images("fashion-mnist", SMALL).x_train.max() == 1
