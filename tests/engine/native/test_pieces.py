"""Batches that go through the layers in pieces: the numbers are those of the batch as a whole."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from epochal.engine.graph import LossSpec, Metric
from tests.engine.native.graphs import (
    CLASSES,
    Draft,
    attention_net,
    every_kind,
    every_merge,
    every_recurrence,
    every_window,
    filled,
    image,
    partly_frozen_net,
    residual_net,
)
from tests.engines import extension as native
from tests.tolerances import LOSS_PARITY

pytestmark = pytest.mark.native

ROWS = 600  # several pieces of at most 256, the last of which is smaller
FEW = 8  # so many rows are one piece, whatever the network
METRICS = (
    Metric(name="loss", measure="loss", at=0),
    Metric(name="accuracy", measure="sparse_accuracy", at=2),
    Metric(name="weighted_accuracy", measure="sparse_accuracy", at=4, weighted=True),
)
every_graph = pytest.mark.parametrize(
    "make",
    [
        every_kind,
        every_merge,
        every_window,
        residual_net,
        partly_frozen_net,
        every_recurrence,
        attention_net,
    ],
)


def evaluated(make, batch, *, threads=1, loss=CLASSES):
    """The totals, and the predictions of all rows, tested in batches of so many."""
    graph = replace(make(), metrics=METRICS, loss=loss)
    random = np.random.default_rng(3)
    x = [random.normal(size=(ROWS, width)).astype(np.float32) for width in graph.inputs]
    y = random.integers(0, graph.outputs, ROWS).astype(np.int32)
    weights = random.uniform(size=ROWS).astype(np.float32)
    order = random.permutation(ROWS).astype(np.int32).reshape(-1, batch)
    outputs = np.zeros((*order.shape, graph.outputs), np.float32)
    network = filled(native.Network, graph, threads=threads)
    network.evaluate(x, y, weights, order, 0, len(order), outputs)
    predicted = np.zeros_like(outputs)
    network.predict(x, order, 0, len(order), predicted)
    assert_array_equal(predicted, outputs)
    return np.array(network.totals), outputs.reshape(ROWS, -1)


@every_graph
@pytest.mark.parametrize("mean", [True, False], ids=["mean", "sum"])
def test_a_batch_in_pieces_is_the_whole(make, mean):
    """The mean over a batch is the mean over its small parts, and a penalty's is."""
    loss = LossSpec(loss="sparse_categorical", link="softmax", mean=mean)
    totals, outputs = evaluated(make, ROWS, loss=loss)
    expected, alone = evaluated(make, FEW, loss=loss)
    assert_allclose(outputs, alone, **LOSS_PARITY)
    if mean:
        assert_allclose(totals[0], expected[0], **LOSS_PARITY)
    assert_allclose(totals[1:], expected[1:], **LOSS_PARITY)


@every_graph
def test_pieces_give_the_same_bits_with_any_number_of_threads(make):
    totals, outputs = evaluated(make, ROWS // 2)
    for threads in (2, 3, 5, 0):
        others, found = evaluated(make, ROWS // 2, threads=threads)
        assert_array_equal(others, totals)
        assert_array_equal(found, outputs)


def test_what_draws_goes_by_a_rows_place_in_its_batch():
    """Equal rows draw their own numbers, where a mask that starts again would repeat them."""
    draft = Draft(20).dense(50)
    draft.dropout(0.5)
    draft.operations[-1] = replace(draft.operations[-1], always=True)
    graph = draft.dense(3).graph(CLASSES)
    x = np.ones((ROWS, 20), np.float32)
    order = np.arange(ROWS, dtype=np.int32)[np.newaxis]
    y = np.zeros(ROWS, np.int32)
    outputs, found = (np.zeros((1, ROWS, 3), np.float32) for _ in range(2))
    filled(native.Network, graph).predict([x], order, 0, 1, outputs)
    assert len(np.unique(outputs[0], axis=0)) == ROWS
    filled(native.Network, graph).evaluate([x], y, None, order, 0, 1, found)
    assert_array_equal(found, outputs)


@pytest.mark.parametrize("batch", [1, 7, 300])
def test_batches_that_follow_one_another_are_predicted_in_their_places(batch):
    """Pieces of predictions go on beyond the end of a batch; others' room stays as it is."""
    graph = Draft(48 * 48).convolution(image(48, 48, 1, filters=64)).dense(3).graph()
    x = np.random.default_rng(0).normal(size=(30, graph.inputs[0])).astype(np.float32)
    order = np.random.default_rng(1).integers(0, 30, (5, batch)).astype(np.int32)
    outputs = np.full((5, batch, 3), 7, np.float32)
    network = filled(native.Network, graph)
    network.predict([x], order, 2, 4, outputs)
    alone = np.zeros((1, 30, 3), np.float32)
    network.predict([x], np.arange(30, dtype=np.int32)[np.newaxis], 0, 1, alone)
    assert_allclose(outputs[2:4], alone[0][order[2:4]], **LOSS_PARITY)
    assert (outputs[:2] == 7).all()
    assert (outputs[4] == 7).all()
