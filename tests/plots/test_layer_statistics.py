"""What is drawn of activations and gradients by layer."""

import re

import numpy as np
import pytest

from epochal import plots
from epochal.errors import InputError
from tests.plots.reading import assert_readable, drawn, words


def test_mean_and_standard_deviation_of_each_layer():
    outputs = {"first": np.array([[1.0, 3.0]]), "second": np.array([[-2.0, -2.0]])}
    figure = plots.layer_statistics(outputs, title="before training")
    assert_readable(figure)
    np.testing.assert_array_equal(drawn(figure.axes[0], 0)[1], [2, -2])
    np.testing.assert_array_equal(drawn(figure.axes[0], 1)[1], [1, 0])
    assert "first" in words(figure)
    assert "before training" in words(figure)


def test_norms_of_matrices_stand_without_those_of_biases():
    gradients = {"one/kernel": np.full((2, 2), 3.0), "one/bias": np.ones(2)}
    figure = plots.gradient_norms(gradients)
    assert_readable(figure)
    np.testing.assert_array_equal(drawn(figure.axes[0])[1], [6])
    assert figure.axes[0].get_yscale() == "log"
    assert "one" in words(figure)


def test_gradients_of_nothing_are_drawn_on_a_plain_axis():
    figure = plots.gradient_norms({"one": np.zeros(3)})
    assert figure.axes[0].get_yscale() == "linear"


def test_a_vanished_gradient_stands_below_the_others_as_an_open_mark():
    kernels = {"one": np.zeros((2, 2)), "two": np.full((2, 2), 0.01), "three": np.ones((2, 2))}
    figure = plots.gradient_norms(kernels)
    assert_readable(figure)
    axes = figure.axes[0]
    assert axes.get_yscale() == "log"
    np.testing.assert_allclose(drawn(axes, 0)[1], [0.002, 0.02, 2.0])
    np.testing.assert_allclose(np.stack(drawn(axes, 1)), np.array([[1.0], [0.002]]))
    assert axes.get_ylim()[0] < 0.002
    assert axes.lines[1].get_markerfacecolor() == "white"
    assert "0 (vanished)" in words(figure)


def test_no_mark_where_no_gradient_vanished():
    figure = plots.gradient_norms({"one": np.ones((2, 2))})
    assert len(figure.axes[0].lines) == 1
    assert "vanished" not in words(figure)


@pytest.mark.parametrize(
    ("draw", "name"), [(plots.layer_statistics, "outputs"), (plots.gradient_norms, "gradients")]
)
def test_no_layer_is_refused(draw, name):
    sentence = f"{name} must have at least one layer, got none: give a mapping of names."
    with pytest.raises(InputError, match=re.escape(sentence)):
        draw({})
