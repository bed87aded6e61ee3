"""Metrics that are measured from the predictions that the extension hands out."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from epochal.engine.graph import HostMetric
from epochal.engine.native.metrics import AT_ONCE, measure, room_for_predictions
from epochal.engine.protocol import Block

ROWS, BATCH = 100, 3


class Noted:
    """A metric that counts rows, and notes what it was given."""

    def __init__(self) -> None:
        self.given: list[tuple[Any, Any, Any]] = []

    def __call__(self, values: list[Any], targets: Any, found: Any, weights: Any) -> list[Any]:
        self.given.append((targets, found, weights))
        return [values[0] + len(targets)]


def graph(*metrics: HostMetric) -> Any:
    return SimpleNamespace(measured=metrics, output_shape=(2,))


def metric(update: Noted, at: int = 0, **options: bool) -> HostMetric:
    return HostMetric(at=(at,), update=update, result=lambda values: {}, **options)


def block(steps: int, weights: np.ndarray | None = None) -> Block:
    order = np.random.default_rng(0).integers(0, ROWS, (steps, BATCH)).astype(np.int32)
    data = (np.zeros((ROWS, 1)), np.arange(ROWS)) + (() if weights is None else (weights,))
    return Block(data=data, order=order, steps=steps)


def test_there_is_room_only_where_something_is_measured():
    assert room_for_predictions(graph(), block(4), 4) is None
    room = room_for_predictions(graph(metric(Noted())), block(4), 4)
    assert room is not None
    assert room.shape == (4, BATCH, 2)
    assert room.dtype == np.float32


@pytest.mark.parametrize("additive", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("start", [0, 5])
def test_every_step_is_measured_once_with_its_own_rows(additive, weighted, start):
    steps = 2 * AT_ONCE + 3
    weights = np.arange(ROWS) / 7
    given = block(start + steps, weights)
    predictions = np.random.default_rng(1).normal(size=(steps, BATCH, 2)).astype(np.float32)
    update, variables = Noted(), [np.float32(9), np.float32(4)]
    measured = metric(update, at=1, additive=additive, weighted=weighted)
    measure(graph(measured), variables, given, predictions, start)
    rows = given.order[start:].reshape(-1)
    targets, found, weighing = zip(*update.given, strict=True)
    assert_array_equal(np.concatenate(targets), rows)
    assert_array_equal(np.concatenate(found), predictions.reshape(-1, 2))
    if weighted:
        assert_array_equal(np.concatenate(weighing), weights[rows])
    else:
        assert set(weighing) == {None}
    assert len(update.given) == (2 + 3 if additive else steps)
    assert [float(each) for each in variables] == [9, 4 + steps * BATCH]


def test_nothing_is_measured_without_predictions():
    update = Noted()
    measure(graph(metric(update)), [0.0], block(2), None, 0)
    assert update.given == []
