"""Images made worse in five ways at five strengths, in the same way each time.

Noise, blur and contrast are those of CIFAR-10-C; shifts and rotations are those that Ovadia et al.
use, with the border filled by reflection.

References
----------
D. Hendrycks and T. Dietterich, "Benchmarking neural network robustness to common corruptions and
perturbations", ICLR 2019; their constants for images of 32 pixels are in ``make_cifar_c.py`` of
hendrycks/robustness on GitHub.
Y. Ovadia et al., "Can you trust your model's uncertainty?", NeurIPS 2019.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, rotate

from epochal.lab.images import shift_images

Floats = NDArray[np.float32]

STRENGTHS = (1, 2, 3, 4, 5)
NOISE = (0.04, 0.06, 0.08, 0.09, 0.10)  # standard deviations, of pixels from 0 to 1
BLUR = (0.4, 0.6, 0.7, 0.8, 1.0)  # standard deviations, in pixels
CONTRAST = (0.75, 0.5, 0.4, 0.3, 0.15)  # factors of the distance from an image's mean
SHIFT = (2, 4, 6, 8, 10)  # pixels
ROTATION = (15, 30, 45, 60, 75)  # degrees
SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1))


def corrupt(images: Floats, corruption: str, strength: int) -> Floats:
    """Images made worse; the same ones for the same arguments.

    Parameters
    ----------
    images : array of shape (rows, height, width, channels)
        Pixels from 0 to 1.
    corruption : str
        One of `ALL_CORRUPTIONS`.
    strength : int
        From 1 to 5.

    Returns
    -------
    array of float32 of the same shape
        Pixels from 0 to 1.
    """
    generator = np.random.default_rng([list(ALL_CORRUPTIONS).index(corruption), strength])
    changed = ALL_CORRUPTIONS[corruption](images, strength - 1, generator)
    clipped: Floats = np.clip(changed, 0, 1).astype(np.float32)
    return clipped


def _noise(images: Floats, at: int, generator: np.random.Generator) -> NDArray:
    return images + generator.normal(scale=NOISE[at], size=images.shape)


def _blur(images: Floats, at: int, generator: np.random.Generator) -> NDArray:
    sigma = (0, BLUR[at], BLUR[at], 0)
    return np.asarray(gaussian_filter(images, sigma, mode="nearest"))


def _contrast(images: Floats, at: int, generator: np.random.Generator) -> NDArray:
    means = images.mean(axis=(1, 2), keepdims=True)  # of each channel
    return np.asarray((images - means) * CONTRAST[at] + means)


def _shift(images: Floats, at: int, generator: np.random.Generator) -> NDArray:
    drawn = generator.integers(len(SIDES), size=len(images))
    result = np.empty_like(images)
    for number, (down, right) in enumerate(SIDES):
        chosen = drawn == number
        result[chosen] = shift_images(images[chosen], SHIFT[at] * down, SHIFT[at] * right)
    return result


def _rotation(images: Floats, at: int, generator: np.random.Generator) -> NDArray:
    left = generator.random(len(images)) < 0.5
    result = np.empty_like(images)
    for chosen, angle in ((left, ROTATION[at]), (~left, -ROTATION[at])):
        result[chosen] = rotate(
            images[chosen], angle, axes=(2, 1), reshape=False, order=1, mode="reflect"
        )
    return result


ALL_CORRUPTIONS: dict[str, Callable[[Floats, int, np.random.Generator], NDArray]] = {
    "noise": _noise,
    "blur": _blur,
    "contrast": _contrast,
    "shift": _shift,
    "rotation": _rotation,
}
