"""Scales and shifts taken in by a layer, beside the two computed one after the other."""

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose

from epochal.compression.affine import (
    FARTHEST_MEAN,
    LAYOUTS,
    Affine,
    Weights,
    affine_of,
    folded_after,
    folded_before,
)
from tests.tolerances import FLOAT64

GENERATOR = np.random.default_rng(0)
X = GENERATOR.standard_normal((5, 3))
DENSE = LAYOUTS[layers.Dense]


def test_after_a_dense_layer() -> None:
    weights = Weights(GENERATOR.standard_normal((3, 2)), np.array([1.0, -1.0]))
    affine = Affine(np.array([2.0, 0.5]), np.array([0.25, 4.0]))
    folded = folded_after(weights, DENSE, affine)
    expected = (X @ weights.kernel + weights.bias) * affine.scale + affine.shift
    assert_allclose(X @ folded.kernel + folded.bias, expected, **FLOAT64)


def test_before_a_dense_layer() -> None:
    weights = Weights(GENERATOR.standard_normal((3, 2)), np.array([1.0, -1.0]))
    affine = Affine(np.array([2.0, 0.5, -1.0]), np.array([0.25, 4.0, 0.0]))
    folded = folded_before(weights, DENSE, affine)
    expected = (X * affine.scale + affine.shift) @ weights.kernel + weights.bias
    assert_allclose(X @ folded.kernel + folded.bias, expected, **FLOAT64)


def test_batch_normalisation_is_its_formula() -> None:
    layer = layers.BatchNormalization(epsilon=0.5)
    layer.build((None, 2))
    for variable, value in zip(layer.weights, ([2, 3], [1, 0], [4, 5], [0.5, 1.5]), strict=True):
        variable.assign(np.array(value, np.float32))
    affine = affine_of(layer, 1)
    assert isinstance(affine, Affine)
    scale = np.array([2, 3]) / np.sqrt([1.0, 2.0])
    assert_allclose(affine.scale, scale, **FLOAT64)
    assert_allclose(affine.shift, [1, 0] - np.array([4, 5]) * scale, **FLOAT64)


def test_vectors_lie_along_one_axis() -> None:
    channels = Affine(np.ones((1, 1, 3)), np.zeros((1, 1, 3)))
    found = channels.only_along(-1)
    assert found is not None
    assert found.scale.shape == (3,)
    assert channels.only_along(0) is None


@pytest.mark.parametrize(("mean", "folds"), [(FARTHEST_MEAN - 1, True), (FARTHEST_MEAN + 1, False)])
def test_a_mean_far_from_zero_would_lose_digits(mean: float, folds: bool) -> None:
    layer = layers.Normalization(mean=[mean], variance=[1.0])
    keras.Sequential([keras.Input((1,)), layer])
    affine = affine_of(layer, 1)
    assert isinstance(affine, Affine) == folds
    if not folds:
        assert affine == (
            "a mean is 65 standard deviations from zero, where float32 would lose what the "
            "subtraction keeps"
        )
