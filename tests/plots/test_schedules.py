"""A schedule as it is drawn: its rates, its axes, and what is refused."""

import keras
import numpy as np
import pytest

from epochal import plots
from epochal.errors import InputError
from tests.plots.reading import assert_readable, drawn
from tests.tolerances import LEARNING_RATES

schedules = keras.optimizers.schedules


def test_every_step_is_drawn_at_its_rate():
    schedule = schedules.ExponentialDecay(0.1, 10, 0.5)
    figure = plots.schedule(schedule, 50)
    assert_readable(figure)
    steps, rates = drawn(figure.axes[0])
    np.testing.assert_array_equal(steps, np.arange(50))
    np.testing.assert_allclose(rates, 0.1 * 0.5 ** (np.arange(50) / 10), **LEARNING_RATES)
    assert figure.axes[0].get_xlabel() == "training step (batch)"
    assert figure.axes[0].get_title() == "ExponentialDecay"


def test_epochs_along_the_axis_and_a_logarithm_up_it():
    figure = plots.schedule(
        lambda step: 0.1, 50, steps_per_epoch=10, logarithmic=True, title="constant"
    )
    axes = figure.axes[0]
    assert drawn(axes)[0][-1] == 4.9
    assert (axes.get_xlabel(), axes.get_yscale(), axes.get_title()) == ("epoch", "log", "constant")


def test_of_many_steps_an_even_choice_with_both_ends():
    steps, _ = drawn(plots.schedule(lambda step: 0.1, 100_000).axes[0])
    assert len(steps) == 2000
    assert (steps[0], steps[-1]) == (0, 99_999)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.1, 10), "schedule must be callable with a step, got 0.1: give for example epochal.s"),
        ((abs, 0), "steps must be a whole number of at least 1, got 0: give epochs x ceil"),
        ((abs, 10, 0), "steps_per_epoch must be a whole number of at least 1, got 0: give ceil"),
        (
            (schedules.PiecewiseConstantDecay([15, 5], [0.3, 0.2, 0.1]), 20),
            "boundaries of PiecewiseConstantDecay must rise, got 5 after 15: sort them, and their",
        ),
        ((lambda step: float("nan"), 5), "finite rate at every step, got nan at step 0: check the"),
    ],
)
def test_it_refuses(arguments, message):
    schedule, steps, *rest = arguments
    with pytest.raises(InputError, match=message):
        plots.schedule(schedule, steps, steps_per_epoch=rest[0] if rest else None)
