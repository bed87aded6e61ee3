"""Images split and scaled as in the sources, and augmented by shifts and mirroring."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from epochal.data import datasets, make_scaler
from epochal.lab.experiment import Scale

VALIDATION_ROWS = 5000


class Images(NamedTuple):
    """Images (rows, height, width[, 3]) and labels (rows,) of the three parts."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_valid: np.ndarray
    y_valid: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    @property
    def validation(self) -> tuple[np.ndarray, np.ndarray]:
        """The images and labels of the validation part."""
        return self.x_valid, self.y_valid

    def map_pixels(self, function: Callable[[np.ndarray], np.ndarray]) -> "Images":
        """The same images, with `function` applied to the pixels of each part."""
        return self._replace(
            x_train=function(self.x_train),
            x_valid=function(self.x_valid),
            x_test=function(self.x_test),
        )


def raw_images(name: str, scale: Scale) -> Images:
    """A data set with its uint8 pixels; the first 5,000 training images are for validation."""
    loaded = _loaded(name)
    held_out = slice(scale.held_out)
    rows = slice(VALIDATION_ROWS, None if scale.rows is None else VALIDATION_ROWS + scale.rows)
    return Images(
        loaded.x_train[rows],
        loaded.y_train[rows],
        loaded.x_train[:VALIDATION_ROWS][held_out],
        loaded.y_train[:VALIDATION_ROWS][held_out],
        loaded.x_test[held_out],
        loaded.y_test[held_out],
    )


def unit_images(name: str, scale: Scale) -> Images:
    """A data set with its pixels scaled to [0, 1], float32."""
    return raw_images(name, scale).map_pixels(lambda pixels: pixels.astype(np.float32) / 255)


def standardized_images(name: str, scale: Scale) -> Images:
    """A data set with each pixel standardised by the training part; a constant pixel becomes 0."""
    images = raw_images(name, scale)
    return images.map_pixels(make_scaler("image").fit(images.x_train).transform)


def class_names(name: str) -> tuple[str, ...]:
    """The names of the classes of a data set, by label."""
    return _loaded(name).class_names


def shift_images(
    images: np.ndarray, down: int, right: int, *, mirrored: bool = False
) -> np.ndarray:
    """Shift every image by the same number of pixels; the border is filled by reflection.

    Parameters
    ----------
    images : array of shape (rows, height, width, channels)
    down, right : int
        Pixels; negative numbers shift up and to the left.
    mirrored : bool
        Whether the shifted images are flipped left to right.

    Returns
    -------
    array of the shape and dtype of `images`
    """
    reach = max(abs(down), abs(right))
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="reflect")
    _, height, width, _ = images.shape
    top, left = reach - down, reach - right
    window = padded[:, top : top + height, left : left + width]
    return window[:, :, ::-1] if mirrored else window


def augment_images(
    images: np.ndarray, max_shift: int, generator: np.random.Generator
) -> np.ndarray:
    """Shift and mirror each image at random.

    Parameters
    ----------
    images : array of shape (rows, height, width, channels)
    max_shift : int
        Maximum shift, in pixels, in each of the four directions.
    generator : numpy.random.Generator
        Draws, uniformly, the shift of each image and whether it is mirrored.

    Returns
    -------
    array of the shape and dtype of `images`
    """
    sides = 2 * max_shift + 1
    drawn = generator.integers(2 * sides**2, size=len(images))
    result = np.empty_like(images)
    for number in range(2 * sides**2):
        shift, mirrored = divmod(number, 2)
        down, right = shift // sides - max_shift, shift % sides - max_shift
        chosen = drawn == number
        result[chosen] = shift_images(images[chosen], down, right, mirrored=bool(mirrored))
    return result


@lru_cache(maxsize=1)
def _loaded(name: str) -> datasets.ImageDataset:
    return datasets.load_images(name)
