"""Learning curves as they are drawn."""

import re

import numpy as np
import pytest

from epochal import plots
from epochal.errors import InputError
from tests.plots.reading import assert_readable, drawn, words

HISTORY = {
    "loss": [3.0, 2.0, 1.0],
    "val_loss": [3.0, 2.5, 2.6],
    "accuracy": [0.1, 0.5, 0.6],
    "val_accuracy": [0.1, 0.4, 0.4],
}


def test_validation_stands_beside_training():
    figure = plots.learning_curves(HISTORY)
    assert_readable(figure)
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "accuracy"]
    for index, name in enumerate(("loss", "val_loss")):
        epochs, values = drawn(figure.axes[0], index)
        np.testing.assert_array_equal(epochs, [1, 2, 3])
        np.testing.assert_array_equal(values, HISTORY[name])
    assert "validation" in words(figure)


def test_only_what_is_asked_for():
    assert len(plots.learning_curves(HISTORY, ["accuracy"]).axes) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (({},), "history must hold at least one metric, got none: give run.history."),
        (
            (HISTORY, ["acuracy"]),
            "metrics must be among loss, accuracy, got 'acuracy'. Did you mean 'accuracy'?",
        ),
    ],
)
def test_refusals(arguments, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        plots.learning_curves(*arguments)
