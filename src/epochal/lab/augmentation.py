"""Images moved by a few pixels, and mirrored: what they show stays the same."""

import numpy as np


def moved(images: np.ndarray, down: int, right: int, *, mirrored: bool = False) -> np.ndarray:
    """Every image moved as far, and mirrored; what was outside is reflected in.

    Parameters
    ----------
    images : array of shape (rows, height, width, channels)
    down, right : int
        Pixels; negative to the other side.
    mirrored : bool
        Whether left and right change places after that.
    """
    reach = max(abs(down), abs(right))
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="reflect")
    _, height, width, _ = images.shape
    top, left = reach - down, reach - right
    seen = padded[:, top : top + height, left : left + width]
    return seen[:, :, ::-1] if mirrored else seen


def drawn(images: np.ndarray, reach: int, generator: np.random.Generator) -> np.ndarray:
    """Each image moved by up to `reach` pixels both ways, and mirrored or not, as it is drawn."""
    sides = 2 * reach + 1
    kinds = generator.integers(2 * sides**2, size=len(images))
    result = np.empty_like(images)
    for kind in range(2 * sides**2):
        place, mirrored = divmod(kind, 2)
        down, right = place // sides - reach, place % sides - reach
        chosen = kinds == kind
        result[chosen] = moved(images[chosen], down, right, mirrored=bool(mirrored))
    return result
