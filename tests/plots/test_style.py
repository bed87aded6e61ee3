"""Lines that differ in grey, and a matplotlib that stays out until it is needed."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib import colors
from matplotlib.figure import Figure

from epochal.errors import InputError
from epochal.plots import style


def lightness(color) -> float:
    """How light a grey copy shows it, 0 to 1 (ITU-R BT.601)."""
    return float(np.dot(colors.to_rgb(color), [0.299, 0.587, 0.114]))


def test_every_line_has_dashes_and_a_marker_of_its_own():
    lines = [style.line_style(index, markers=True) for index in range(len(style.COLORS))]
    assert len({str(each["linestyle"]) for each in lines}) == len(lines)
    assert len({each["marker"] for each in lines}) == len(lines)
    assert all(lightness(each["color"]) < 0.75 for each in lines)  # seen on white


def test_shades_keep_their_order_in_grey():
    steps = np.diff([lightness(color) for color in style.ordered_colors(7)])
    assert (steps > 0.02).all()
    assert len(style.ordered_colors(1)) == 1


def test_a_figure_has_the_size_of_its_pairs_of_axes():
    figure, axes = style.new_figure(2, 3)
    assert isinstance(figure, Figure)
    assert axes.shape == (2, 3)
    np.testing.assert_allclose(figure.get_size_inches(), [3 * style.WIDTH, 2 * style.HEIGHT])


def test_labels_and_reference_lines():
    _, axes = style.single_axes()
    style.label_axes(axes, x="time (s)", y="loss", title="title")
    style.reference_line(axes, x=1.0, y=2.0)
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("time (s)", "loss", "title")
    assert len(axes.lines) == 2
    assert not axes.spines["top"].get_visible()


def test_a_series_is_one_dimensional_and_has_a_finite_number():
    np.testing.assert_array_equal(style.check_series("loss", [1, 2]), [1.0, 2.0])
    with pytest.raises(InputError, match=r"loss must be a sequence of numbers .* shape \(1, 2\)"):
        style.check_series("loss", [[1, 2]])
    with pytest.raises(
        InputError, match="loss must be a sequence of numbers with at least one that is finite"
    ):
        style.check_series("loss", [float("nan")])


def test_matplotlib_comes_with_the_first_figure_and_pyplot_never():
    probe = """
import sys, epochal
epochal.plots
assert "matplotlib" not in sys.modules
epochal.plots.schedule(lambda step: 0.1, 10)
assert "matplotlib" in sys.modules
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", probe], check=True)
