"""The documents' images, split and scaled as the documents do it."""

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
        return self.x_valid, self.y_valid

    def mapped(self, function: Callable[[np.ndarray], np.ndarray]) -> "Images":
        """The same images with their pixels through `function`."""
        return self._replace(
            x_train=function(self.x_train),
            x_valid=function(self.x_valid),
            x_test=function(self.x_test),
        )


def raw(name: str, scale: Scale) -> Images:
    """The pixels as they are, uint8; the first 5,000 training images are for validation."""
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


def unit(name: str, scale: Scale) -> Images:
    """The pixels in [0, 1]."""
    return raw(name, scale).mapped(lambda pixels: pixels.astype(np.float32) / 255)


def standardized(name: str, scale: Scale) -> Images:
    """Each pixel by its mean and deviation over the training part; a constant one becomes 0."""
    images = raw(name, scale)
    return images.mapped(make_scaler("image").fit(images.x_train).transform)


def class_names(name: str) -> tuple[str, ...]:
    """What the labels mean."""
    return _loaded(name).class_names


@lru_cache(maxsize=1)
def _loaded(name: str) -> datasets.ImageDataset:
    return datasets.load_images(name)
