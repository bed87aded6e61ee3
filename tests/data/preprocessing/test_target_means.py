"""Mean targets of categories: by their definition, and what a row is told of itself."""

import numpy as np
import pandas as pd
import pytest

from epochal.data.preprocessing.target_means import TargetMeans

X = pd.DataFrame({"a": ["u"] * 30 + ["v"] * 10 + [None] * 10})


def test_means_are_drawn_towards_that_of_all_rows():
    y = np.r_[np.ones(30), np.zeros(10), np.full(10, 4.0)]
    encoder = TargetMeans().fit(X, y)
    mean, std = y.mean(), y.std()
    new = pd.DataFrame({"a": ["u", "v", None, "never seen"]})
    wanted = np.array([(30 + 10 * mean) / 40, 10 * mean / 20, (40 + 10 * mean) / 20, mean])
    np.testing.assert_allclose(encoder.transform(new)[:, 0], (wanted - mean) / std, rtol=1e-5)
    assert list(encoder.get_feature_names_out()) == ["a_mean"]


def test_several_classes_have_a_frequency_each():
    y = np.arange(50) % 3
    encoder = TargetMeans(3).fit(X, y)
    encoded = encoder.transform(X.head(1))
    frequencies = np.bincount(y) / 50
    wanted = (np.bincount(y[:30]) + 10 * frequencies) / 40
    scale = np.sqrt(frequencies * (1 - frequencies))
    np.testing.assert_allclose(encoded[0], (wanted - frequencies) / scale, rtol=1e-5, atol=1e-6)
    assert list(encoder.get_feature_names_out()) == ["a_mean0", "a_mean1", "a_mean2"]


def test_a_row_is_told_the_mean_of_others():
    """Its own target, of a category of its own, tells it nothing."""
    random = np.random.default_rng(0)
    own = pd.DataFrame({"a": [f"n{number}" for number in range(200)]})
    y = random.normal(size=200)
    told = TargetMeans().fit_transform(own, y)[:, 0]
    assert abs(np.corrcoef(told, y)[0, 1]) < 0.3
    given_away = TargetMeans().fit(own, y).transform(own)[:, 0]
    assert np.corrcoef(given_away, y)[0, 1] == pytest.approx(1)


def test_a_constant_target_gives_zeros():
    assert (TargetMeans().fit_transform(X, np.full(50, 2.0)) == 0).all()
