"""The range test, the comparison of rates, and rate beside loss, as they are drawn."""

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from epochal import Run, plots
from epochal.errors import InputError
from epochal.tuning import RateComparison
from epochal.tuning.range_test import curve_of
from tests.plots.reading import assert_readable, drawn, words
from tests.tolerances import DRAWN_MEANS

RATES = np.geomspace(1e-5, 1.0, 100)


def test_a_range_test_shows_its_steps_and_its_suggestions():
    curve = curve_of(RATES, 1 + 1 / (1 + (RATES / 1e-2) ** 2))
    figure = curve.plot()
    assert_readable(figure)
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    np.testing.assert_array_equal(drawn(axes, 0)[1], curve.losses)
    np.testing.assert_array_equal(drawn(axes, 1)[1], curve.smoothed)
    marked = [drawn(axes, index)[0][0] for index in (2, 3, 4)]
    np.testing.assert_array_equal(marked, list(curve.suggestions.values()))
    for name in curve.suggestions:
        assert f"{name}: " in words(figure)
    # Each in a line of its own kind, the default rule's in a solid one.
    assert len({f"{line.get_linestyle()} {line.get_color()}" for line in axes.lines[2:]}) == 3
    assert axes.lines[2].get_linestyle() == "-"


def test_a_range_test_without_a_fall_has_no_suggestion():
    figure = plots.learning_rate_curve(curve_of(RATES, np.linspace(1, 2, 100)))
    assert_readable(figure)
    assert len(figure.axes[0].lines) == 2


def comparison(**changes) -> RateComparison:
    losses = np.array([[4.0] * 40, np.linspace(4, 1, 40), [4.0, *[np.nan] * 39]], np.float32)
    given: dict[str, Any] = {
        "learning_rates": np.array([1e-4, 1e-2, 1.0]),
        "losses": losses,
        "final_losses": np.array([4.0, 1.1, np.nan]),
        "diverged": np.array([False, False, True]),
        "validation": {},
        "engine": "native",
        "engine_reason": "asked for",
    }
    return RateComparison(**(given | changes))


def test_a_comparison_shows_every_rate_and_rings_the_best():
    figure = comparison().plot()
    assert_readable(figure)
    left, right = figure.axes
    np.testing.assert_allclose(
        drawn(left, 1)[1][0], np.linspace(4, 1, 40)[:2].mean(), **DRAWN_MEANS
    )
    assert len(drawn(left, 2)[0]) == 0  # not even its first two steps were finite
    assert "1 (diverged)" in words(figure)
    assert drawn(right, -1)[0] == 1e-2
    assert right.get_ylabel() == "loss after 40 steps"


def test_a_comparison_with_validation_rings_by_that():
    validated = comparison(validation={"loss": np.array([2.0, 3.0, 1.0])})
    right = validated.plot().axes[1]
    np.testing.assert_array_equal(drawn(right, 1)[1], [2.0, 3.0, np.nan])
    assert drawn(right, -1)[0] == 1e-4
    assert_readable(comparison(diverged=np.array([True] * 3)).plot())


def history(**series) -> SimpleNamespace:
    return SimpleNamespace(history=series, epoch=[0, 1, 2])


def test_the_rate_that_a_callback_logged_stands_beside_the_loss():
    run = history(val_loss=[3.0, 2.0, 2.5], learning_rate=[0.1, 0.1, 0.05])
    figure = plots.rate_and_loss(run)
    assert_readable(figure)
    left, right = figure.axes
    np.testing.assert_array_equal(drawn(left)[0], [1, 2, 3])
    np.testing.assert_array_equal(drawn(left)[1], [0.1, 0.1, 0.05])
    np.testing.assert_array_equal(drawn(right)[1], [3.0, 2.0, 2.5])


def test_the_rate_of_an_epoch_is_that_of_its_last_step():
    run = history(loss=[3.0, 2.0, 2.5])
    run.learning_rates = np.arange(12.0)
    figure = plots.rate_and_loss(run, monitor="loss")
    np.testing.assert_array_equal(drawn(figure.axes[0])[1], [3.0, 7.0, 11.0])


@pytest.mark.parametrize("validated", [[1, 2], [0, 2], [0]])
def test_the_loss_stands_at_the_epochs_that_were_validated(validated):
    run = history(val_loss=[3.0, 2.0][: len(validated)], learning_rate=[0.1, 0.1, 0.05])
    run.validated_epochs = validated
    left, right = plots.rate_and_loss(run).axes
    np.testing.assert_array_equal(drawn(left)[0], [1, 2, 3])
    np.testing.assert_array_equal(drawn(right)[0], np.array(validated) + 1)


def test_it_refuses_what_it_does_not_find():
    with pytest.raises(InputError, match="monitor must be one of loss, got 'val_loss': give one"):
        plots.rate_and_loss(history(loss=[1.0, 1.0, 1.0]))
    with pytest.raises(InputError, match="must know the epochs of 'val_loss', got values for 1 of"):
        plots.rate_and_loss(history(val_loss=[1.0], learning_rate=[1.0, 1.0, 1.0]))
    with pytest.raises(InputError, match="Did you mean 'loss'"):
        plots.rate_and_loss(history(loss=[1.0, 1.0, 1.0]), monitor="los")
    with pytest.raises(InputError, match="run must have learning rates, got a history without"):
        plots.rate_and_loss(history(loss=[1.0, 1.0, 1.0]), monitor="loss")


def test_keras_own_history_will_do():
    x, y = np.ones((16, 2), "float32"), np.ones(16, "float32")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss")
    kept = model.fit(x, y, epochs=2, verbose=0, callbacks=[plateau])
    assert not isinstance(kept, Run)
    assert_readable(plots.rate_and_loss(kept, monitor="loss"))
