"""Arrays that do not fit the network are refused; labels out of range have no part."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from epochal.engine.native.program import describe
from tests.engine.native.graphs import CLASSES, Draft, clipped_net
from tests.engines import extension as native

pytestmark = pytest.mark.native


def arguments(**changes: Any) -> tuple:
    given = {
        "x": [np.ones((4, 5), np.float32)],
        "y": np.zeros(4, np.int32),
        "weights": None,
        "order": np.zeros((2, 3), np.int32),
        "rates": np.ones(2, np.float32),
        "start": 0,
        "stop": 2,
        "losses": np.empty(2, np.float32),
    }
    return tuple((given | changes).values())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": [np.ones((4, 6), np.float32)]}, "do not fit the graph's input"),
        ({"x": [np.ones((4, 5), np.float32)] * 2}, "rows for each input of the graph"),
        ({"x": []}, "rows for each input of the graph"),
        ({"x": [np.ones((4, 5), np.int16)]}, "must be float32, float64, uint8 or int32"),
        ({"y": np.zeros(3, np.int32)}, "one label for each row"),
        ({"y": None}, "there must be targets"),
        ({"weights": np.ones(5, np.float32)}, "one weight for each row"),
        ({"order": np.full((2, 3), 4, np.int32)}, "a row that is not there"),
        ({"order": np.full((2, 3), -1, np.int32)}, "a row that is not there"),
        ({"stop": 3, "losses": np.empty(3, np.float32)}, "go beyond the order"),
        ({"rates": np.ones(1, np.float32)}, "a rate for each step"),
        ({"momenta": np.ones(1, np.float32)}, "a momentum for each step"),
        ({"losses": np.empty(1, np.float32)}, "room for each step's loss"),
        ({"start": -1, "losses": np.empty(3, np.float32)}, "must be a range"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changes, message):
    network = native.Network(describe(Draft(5).dense(3).graph(CLASSES)), 1)
    with pytest.raises(ValueError, match=message):
        network.train(*arguments(**changes))


@pytest.mark.parametrize("step", [2, 2**63 - 1])
def test_gradients_of_a_step_that_is_not_there_are_refused(step):
    # Nothing may be added to the largest number before it is looked at.
    network = native.Network64(describe(clipped_net()), 1)
    x = [np.ones((4, width)) for width in clipped_net().inputs]
    y, order = np.zeros(4, np.int32), np.zeros((2, 3), np.int32)
    with pytest.raises(ValueError, match="the steps go beyond the order"):
        network.gradients(x, y, None, order, step, [])


def test_labels_beyond_the_classes_have_no_part_in_the_loss():
    network = native.Network(describe(Draft(5).dense(3).graph(CLASSES)), 1)
    losses = np.empty(2, np.float32)
    network.train(*arguments(y=np.array([99, -1, 3, 7], np.int32), losses=losses))
    assert_array_equal(losses, 0)
