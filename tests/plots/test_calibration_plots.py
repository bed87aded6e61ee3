"""Reliability diagrams, PIT histograms and sharpness as they are drawn."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from epochal import plots
from epochal.distributions import Gaussian, Mixture, Poisson
from epochal.errors import InputError
from epochal.scoring.calibration_curve import calibration_curve
from epochal.uncertainty.prediction import Prediction
from tests.plots.reading import assert_readable, drawn, words

RANDOM = np.random.default_rng(0)


def test_frequencies_stand_over_probabilities_with_their_intervals():
    p = RANDOM.random(600)
    curve = calibration_curve(p, RANDOM.random(600) < p)
    figure = plots.reliability_diagram(curve, title="loans")
    assert_readable(figure)
    x, y = drawn(figure.axes[0], 1)
    assert_allclose(x, curve.predicted)
    assert_allclose(y, curve.observed)
    collections: Any = figure.axes[0].collections
    (segments,) = [each.get_segments() for each in collections]
    assert_allclose([each[:, 1] for each in segments], np.column_stack([curve.low, curve.high]))
    assert "loans" in words(figure)


@pytest.mark.parametrize(("spread", "shape"), [(1.0, 0), (3.0, 1), (0.4, -1)])
def test_the_histogram_of_levels_is_flat_a_hill_or_a_valley(spread, shape):
    y = RANDOM.normal(size=4000)
    said = np.broadcast_to([0.0, spread**2], (1, 4000, 2))
    mixed = Mixture(family=Gaussian(), parameters=said, weights=(1.0,))
    figure = plots.pit_histogram(mixed.pit(y))
    assert_readable(figure)
    patches: Any = figure.axes[0].patches
    bars = [bar for bar in patches if bar.get_width() == pytest.approx(0.1)]
    heights = np.array([bar.get_height() for bar in bars])
    assert heights.mean() == pytest.approx(1)
    middle, ends = heights[4:6].mean(), heights[[0, -1]].mean()
    assert np.sign(round(middle - ends)) == shape
    # The band holds the bars of a calibrated prediction, and finds the planted fault.
    band = 1.96 * np.sqrt(9 / 4000)
    assert ((np.abs(heights - 1) < band).sum() >= 8) == (shape == 0)


def test_levels_of_counts_are_drawn_between_those_below_and_at_them() -> None:
    y = RANDOM.poisson(1.5, 20_000)
    mixed = Mixture(family=Poisson(), parameters=np.full((1, 20_000, 1), 1.5), weights=(1.0,))
    levels = mixed.pit(y, seed=1)
    assert_allclose(np.histogram(levels, 10, (0, 1))[0] / 20_000, 0.1, atol=0.01)
    assert np.array_equal(levels, mixed.pit(y, seed=1))


def test_sharpness_has_its_mean_and_unit() -> None:
    figure = plots.sharpness([3.0, 4.0, 5.0], unit="kg", title="of the test rows")
    assert_readable(figure)
    assert "root mean square: 4.082" in words(figure)
    assert figure.axes[0].get_xlabel() == "standard deviation (kg)"


def test_bad_input_is_one_sentence() -> None:
    with pytest.raises(InputError, match=r"^levels must be numbers from 0 to 1, got 2 from 0.5 to"):
        plots.pit_histogram([0.5, 1.5])
    with pytest.raises(InputError, match=r"^bins must be at least 2, got 1: 10 is usual.$"):
        plots.pit_histogram([0.5], bins=1)
    with pytest.raises(InputError, match=r"^deviations must be finite numbers of at least 0, got"):
        plots.sharpness([-1.0])
    empty = SimpleNamespace(**{key: [] for key in ("predicted", "observed", "low", "high")})
    with pytest.raises(InputError, match=r"^curve must have predicted, observed, low and high of"):
        plots.reliability_diagram(empty)


def test_each_kind_of_uncertainty_has_a_band_of_its_own() -> None:
    x, one = np.array([2.0, 0.0, 1.0]), np.ones((3, 1))
    found = Prediction(mean=x[:, None], task="regression", aleatoric=one, epistemic=4 * one)
    figure = plots.prediction_bands(x, found, seen=(x, x))
    assert_readable(figure)
    for axes, deviation in zip(figure.axes, (1, 2), strict=True):
        corners: Any = axes.collections[0].get_paths()[0].vertices
        assert corners[:, 1].max() == pytest.approx(2 + 1.96 * deviation)
    with pytest.raises(InputError) as raised:
        plots.prediction_bands(x, Prediction(mean=one, task="regression", epistemic=one))
    assert str(raised.value) == (
        "prediction must have a mean, an aleatoric and an epistemic uncertainty of 3 numbers, got "
        "[3, 3]: predict with an ensemble whose networks end in a head for a distribution."
    )
