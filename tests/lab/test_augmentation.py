"""Moved and mirrored images, by hand and one by one."""

import numpy as np
import pytest

from epochal.lab.augmentation import drawn, moved

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
def test_moved_by_hand(down, right, mirrored, expected):
    result = moved(ONE, down, right, mirrored=mirrored)
    np.testing.assert_array_equal(result[0, :, :, 0], expected)


def test_every_drawn_image_is_one_of_the_moves_and_all_of_them_occur():
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, size=(400, 6, 5, 3), dtype=np.uint8)
    result = drawn(images, 1, np.random.default_rng(1))
    moves = [
        moved(images, down, right, mirrored=mirrored)
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
        for mirrored in (False, True)
    ]
    same = np.array([(result == move).all(axis=(1, 2, 3)) for move in moves])
    np.testing.assert_array_equal(same.sum(axis=0), 1)
    assert same.any(axis=1).all()
    assert (result == drawn(images, 1, np.random.default_rng(1))).all()
