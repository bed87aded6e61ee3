"""Monte-Carlo predictions as they are drawn: bars, error bars, rings, and errors."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from epochal import plots
from epochal.errors import InputError
from tests.plots.reading import pixels, words

MEAN = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4], [0.0, 1.0, 0.0]])
PREDICTION = SimpleNamespace(mean=MEAN, standard_deviation=MEAN / 10)


def one_column(mean: float) -> SimpleNamespace:
    return SimpleNamespace(mean=np.full((4, 1), mean), standard_deviation=np.zeros((4, 1)))


def test_each_row_has_axes_with_mean_and_standard_deviation_of_each_class():
    figure = plots.monte_carlo(PREDICTION, rows=[1, 3], class_names=["a", "b", "c"])
    assert pixels(figure).std() > 0
    assert len(figure.axes) == 2
    for axes, row in zip(figure.axes, (1, 3), strict=True):
        bars: list[Any] = list(axes.patches)
        np.testing.assert_allclose([bar.get_width() for bar in bars], MEAN[row])
        lines: Any = axes.collections[0]
        ends = np.array([path.vertices[:, 0] for path in lines.get_paths()])
        np.testing.assert_allclose(ends, np.stack([0.9 * MEAN[row], 1.1 * MEAN[row]], 1))
        assert axes.get_xlabel() == "probability"
        assert axes.get_xlim() == (0, 1)
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["a", "b", "c"]
    assert "± 1 standard deviation" in words(figure)
    assert "without dropout" not in words(figure)


def test_rings_where_the_prediction_without_dropout_stands():
    plain = np.roll(MEAN, 1, axis=1)
    figure = plots.monte_carlo(
        PREDICTION, [2], without_dropout=plain, truth=[0, 2, 1, 1], title="shoes"
    )
    ring = figure.axes[0].lines[-1]
    assert np.array_equal(ring.get_xdata(), plain[2])
    assert "row 2, true class: 1" in words(figure)
    assert "without dropout" in words(figure)
    assert "shoes" in words(figure)


def test_one_probability_a_row_is_drawn_as_two_classes():
    mean, std = np.array([[0.9], [0.25]]), np.array([[0.05], [0.2]])
    binary = SimpleNamespace(mean=mean, standard_deviation=std)
    figure = plots.monte_carlo(
        binary,
        [1],
        truth=[1, 0],
        class_names=["no", "yes"],
        without_dropout=np.array([[1.0], [0.5]]),
    )
    assert pixels(figure).std() > 0
    axes = figure.axes[0]
    bars: list[Any] = list(axes.patches)
    np.testing.assert_allclose([bar.get_width() for bar in bars], np.array([0.75, 0.25]))
    lines: Any = axes.collections[0]
    ends = np.array([path.vertices[:, 0] for path in lines.get_paths()])
    np.testing.assert_allclose(ends, [[0.55, 0.95], [0.05, 0.45]])
    np.testing.assert_array_equal(axes.lines[-1].get_xdata(), np.array([0.5, 0.5]))
    assert "row 1, true class: no" in words(figure)


def test_five_rows_stand_in_two_lines():
    many = SimpleNamespace(mean=np.tile(MEAN, (2, 1)), standard_deviation=np.zeros((8, 3)))
    figure = plots.monte_carlo(many, range(5))
    assert len(figure.axes) == 5
    assert pixels(figure).std() > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"prediction": SimpleNamespace(mean=np.ones(3), standard_deviation=np.ones(3))},
            "prediction.mean must be numbers of shape (rows, classes), got float64 of shape (3,): "
            "give a prediction of probabilities.",
        ),
        (
            {"prediction": SimpleNamespace(mean=np.full((4, 1), 3.7), standard_deviation=MEAN)},
            "prediction.standard_deviation must be numbers of shape (4, 1), got float64 of shape "
            "(4, 3): give a prediction of probabilities.",
        ),
        (
            {"prediction": one_column(3.7)},
            "prediction.mean of shape (rows, 1) must hold probabilities from 0 to 1, got 3.7: "
            "give a prediction of a model that ends in a sigmoid.",
        ),
        (
            {"prediction": one_column(-2.0)},
            "prediction.mean of shape (rows, 1) must hold probabilities from 0 to 1, got -2: "
            "give a prediction of a model that ends in a sigmoid.",
        ),
        (
            {"without_dropout": MEAN[:2]},
            "without_dropout must be numbers of shape (4, 3), got float64 of shape (2, 3): "
            "give a prediction of probabilities.",
        ),
        (
            {"rows": [4]},
            "rows must be 1 to 12 row numbers from 0 to 3, got [4]: give a few rows.",
        ),
        ({"rows": []}, "rows must be 1 to 12 row numbers from 0 to 3, got []: give a few rows."),
        (
            {"class_names": ["a"]},
            "class_names must be 3 names, one per class, got 1: give one name per class.",
        ),
        (
            {"truth": [0.5] * 4},
            "truth must be 4 classes from 0 to 2, one per row, got float64 of length 4: "
            "give whole numbers.",
        ),
        (
            {"truth": [0, 1, 2, 3]},
            "truth must be 4 classes from 0 to 2, one per row, got int64 of length 4: "
            "give whole numbers.",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, message):
    with pytest.raises(InputError) as raised:
        plots.monte_carlo(**{"prediction": PREDICTION, "rows": [0], **arguments})
    assert str(raised.value) == message
