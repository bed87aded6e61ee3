"""Learning curves as they are drawn."""

import re
from types import SimpleNamespace

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


def run_of(epoch, validated, **series) -> SimpleNamespace:
    return SimpleNamespace(history=series, epoch=epoch, validated_epochs=validated)


def test_each_value_stands_at_its_own_epoch():
    run = run_of([3, 4, 5, 6], [4, 6], loss=[4.0, 3.0, 2.0, 1.0], val_loss=[3.0, 2.0])
    figure = plots.learning_curves(run)
    assert_readable(figure)
    np.testing.assert_array_equal(drawn(figure.axes[0], 0)[0], [4, 5, 6, 7])
    np.testing.assert_array_equal(drawn(figure.axes[0], 1)[0], [5, 7])


def test_a_value_without_neighbours_has_a_mark():
    run = run_of([0, 1], [0], loss=[2.0, 1.0], val_loss=[3.0])
    training, validation = plots.learning_curves(run).axes[0].lines
    assert training.get_marker() == "None"
    assert validation.get_marker() == "^"


def test_only_what_is_asked_for():
    assert len(plots.learning_curves(HISTORY, ["accuracy"]).axes) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (({},), "history must have at least one metric, got none: give a run."),
        (
            ([1.0],),
            "history must be a run or its history, got list: give what epochal.fit returned.",
        ),
        (
            ({"loss": [3.0, 2.0, 1.0, 0.5], "val_loss": [3.0, 2.0]},),
            "history must have a value of 'val_loss' for each of its 4 epochs, got 2: give the "
            "run itself, which knows the epochs that were validated.",
        ),
        (
            (run_of([0, 1], [], loss=[2.0, 1.0], val_loss=[3.0]),),
            "run must know the epochs of 'val_loss', got values for 1 of 2: train with "
            "epochal.fit, which records the validated epochs.",
        ),
        (
            (HISTORY, ["acuracy"]),
            "metrics must be among loss, accuracy, got 'acuracy'. Did you mean 'accuracy'?",
        ),
    ],
)
def test_refusals(arguments, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        plots.learning_curves(*arguments)
