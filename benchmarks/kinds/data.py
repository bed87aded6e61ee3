"""Random inputs with something to learn in them: what a network costs depends on their shapes.

Every peer draws the same ones. As in photographs of clothes, some columns hardly ever differ from
0: their gradients are 0 most of the time, and what an optimiser keeps of them decays to subnormal
numbers, for which some processors take a hundred cycles each.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

Arrays = Mapping[str, Any]


def vectors(rows: int, columns: int, classes: int = 10) -> Arrays:
    """Rows in [0, 1), the columns ever less often above 0, and labels of a linear rule."""
    generator = np.random.default_rng(0)
    often = np.logspace(0, -4, columns)[generator.permutation(columns)]
    x = generator.random((rows, columns), dtype="float32")
    x *= generator.random((rows, columns), dtype="float32") < often
    return {"x": x, "y": _labels(x, classes, generator)}


def regression(rows: int, columns: int, targets: int = 1) -> Arrays:
    """Standardised numbers, and a smooth function of them."""
    generator = np.random.default_rng(0)
    x = generator.standard_normal((rows, columns), dtype="float32")
    rule = generator.standard_normal((columns, targets), dtype="float32") / np.sqrt(columns)
    return {"x": x, "y": np.tanh(x @ rule)}


def images(rows: int, shape: tuple[int, ...], classes: int = 10) -> Arrays:
    """Numbers in [0, 1) of any shape, and labels of a linear rule."""
    flat = vectors(rows, int(np.prod(shape)), classes)
    return {"x": flat["x"].reshape(rows, *shape), "y": flat["y"]}


def bytes_of(rows: int, shape: tuple[int, ...], classes: int = 10) -> Arrays:
    """The same as bytes."""
    found = images(rows, shape, classes)
    return {"x": (found["x"] * 255).astype("uint8"), "y": found["y"]}


def itself(rows: int, shape: tuple[int, ...]) -> Arrays:
    """Images that are their own targets."""
    x = images(rows, shape)["x"]
    return {"x": x, "y": x}


def sequences(rows: int, steps: int, features: int, classes: int = 10) -> Arrays:
    """Random walks, and labels of a linear rule of their ends."""
    generator = np.random.default_rng(0)
    x = generator.standard_normal((rows, steps, features), dtype="float32").cumsum(1) / steps**0.5
    return {"x": x, "y": _labels(x[:, -1], classes, generator)}


def tokens(rows: int, length: int, vocabulary: int, classes: int = 2) -> Arrays:
    """Words by number, padded with 0 at the end, and a label of the first ones."""
    generator = np.random.default_rng(0)
    x = generator.integers(1, vocabulary, (rows, length), dtype="int32")
    x[np.arange(length) >= generator.integers(length // 2, length, (rows, 1))] = 0
    return {"x": x, "y": (x[:, :4].sum(1) % classes).astype("int32")}


def _labels(x: np.ndarray, classes: int, generator: np.random.Generator) -> np.ndarray:
    rule = generator.standard_normal((x.shape[1], classes), dtype="float32")
    labels: np.ndarray = ((x - x.mean(0)) @ rule).argmax(1).astype("int32")
    return labels
