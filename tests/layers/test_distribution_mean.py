"""The layer that takes the means of predicted distributions."""

import keras
import numpy as np
import pytest

from epochal.layers import ALL_HEADS, DistributionMean


@pytest.mark.parametrize("head", ALL_HEADS)
def test_it_gives_what_the_family_says_also_where_it_was_saved(head, tmp_path):
    first = head(2)
    mean = DistributionMean.of(first.distribution)
    model = keras.Sequential([keras.Input((3,)), first, mean])
    assert model.output_shape == (None, 2)
    x = 2 * np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    expected = first.distribution.mean(first(x))
    np.testing.assert_allclose(model(x), expected, rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(x), model(x))
    assert again.layers[-1].get_config() == mean.get_config()
