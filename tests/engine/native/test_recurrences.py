"""Recurrent layers against plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from epochal.engine.graph import LossSpec
from tests.engine.native.graphs import Draft, filled, weights_of
from tests.engines import extension as native
from tests.reference import recurrences
from tests.tolerances import FLOAT64

pytestmark = pytest.mark.native


@given(
    kind=st.sampled_from(["lstm", "gru", "simple_rnn"]),
    steps=st.integers(1, 9),
    features=st.integers(1, 40),
    units=st.integers(1, 70),
    batch=st.integers(1, 40),
    backwards=st.booleans(),
    flipped=st.booleans(),
)
@settings(max_examples=40)
def test_states_are_those_of_a_plain_loop(kind, steps, features, units, batch, backwards, flipped):
    numbers = {"sequences": True, "backwards": backwards, "flipped": flipped}
    graph = Draft(steps * features).recurrent(kind, steps, units, **numbers).graph(LossSpec())
    network = filled(native.Network64, graph, threads=2)
    x = np.random.default_rng(0).normal(size=(batch, steps, features))
    order = np.arange(batch, dtype=np.int32)[None]
    predicted = np.zeros((batch, steps * units))
    network.predict([x.reshape(batch, -1)], order, 0, 1, predicted)
    for row, given_ in zip(predicted, x, strict=True):
        read = given_[::-1] if backwards else given_
        states = getattr(recurrences, kind)(read, *weights_of(graph))
        expected = states[::-1] if flipped else states
        assert_allclose(row.reshape(steps, units), expected, **FLOAT64)


@pytest.mark.parametrize("kind", ["lstm", "gru", "simple_rnn"])
def test_a_smaller_batch_starts_from_zeros_too(kind):
    graph = Draft(12).recurrent(kind, 4, 20).graph(LossSpec())
    network = filled(native.Network, graph)
    x = np.random.default_rng(0).normal(size=(30, 12)).astype(np.float32)
    order = np.arange(30, dtype=np.int32)
    whole, part = np.zeros((30, 20), np.float32), np.zeros((7, 20), np.float32)
    for _ in range(2):
        network.predict([x], order[None], 0, 1, whole)
        network.predict([x], order[None, :7], 0, 1, part)
        assert_array_equal(whole[:7], part)
