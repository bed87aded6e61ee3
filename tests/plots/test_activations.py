"""Activation functions as they are drawn: outputs, derivatives, saturation."""

import re

import numpy as np
import pytest

from epochal import plots
from epochal.errors import InputError
from tests.plots.reading import assert_readable, drawn, words
from tests.tolerances import DRAWN_DERIVATIVES, DRAWN_OUTPUTS, DRAWN_SATURATION


def test_output_and_derivative_are_those_of_the_function():
    figure = plots.activations(["tanh", np.sin], limit=2)
    (tanh, sine) = figure.axes
    inputs, outputs = drawn(tanh, 0)
    np.testing.assert_allclose(outputs, np.tanh(inputs), **DRAWN_OUTPUTS)
    np.testing.assert_allclose(drawn(tanh, 1)[1], 1 / np.cosh(inputs) ** 2, **DRAWN_DERIVATIVES)
    np.testing.assert_allclose(drawn(sine, 0)[1], np.sin(inputs), **DRAWN_OUTPUTS)
    assert "sin" in words(figure)
    assert_readable(figure)


def test_both_ends_of_a_sigmoid_are_saturated_and_nothing_of_a_line():
    figure = plots.activations(["sigmoid", "linear"])
    shaded = [axes.collections[0].get_paths() for axes in figure.axes]
    # A derivative of 5% of the largest: s (1 - s) = 0.05 / 4, where the input is about 4.36.
    ends = [np.asarray(path.vertices)[:, 0] for path in shaded[0]]
    assert len(ends) == 2
    assert abs(ends[0].max() + 4.36) < DRAWN_SATURATION
    assert abs(ends[1].min() - 4.36) < DRAWN_SATURATION
    assert not shaded[1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([],), "functions must be a list of at least one activation, got []: give"),
        (("relu",), "functions must be a list of at least one activation, got 'relu'"),
        ((["sigmiod"],), "got 'sigmiod'. Did you mean 'sigmoid'?"),
    ],
)
def test_refusals(arguments, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        plots.activations(*arguments)


@pytest.mark.parametrize("limit", [0, np.inf])
def test_a_limit_that_cannot_be_drawn_to_is_refused(limit):
    with pytest.raises(InputError, match="limit must be a finite number above 0, got"):
        plots.activations(["relu"], limit=limit)
