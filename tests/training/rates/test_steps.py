"""What each step of a fit is told: the optimiser's rate, a schedule's, its momentum."""

import keras
import numpy as np
import pytest
from keras.optimizers.schedules import ExponentialDecay
from numpy.testing import assert_allclose, assert_array_equal

from epochal.bridge.state import read_state
from epochal.schedules import OneCycle
from epochal.training.rates.steps import AHEAD, Rates, ScheduleCache
from tests.tolerances import LEARNING_RATES
from tests.training.parity import dense_net


@pytest.fixture(scope="module", autouse=True)
def engine():
    """No engine runs here."""


class Counted:
    """0.5, 0.25 ... and how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, step):
        self.calls += 1
        return 0.5 ** (step + 1.0)


def decided(model: keras.Model, schedule=None, *, cycles=False, start=2, stop=6, step=0):
    model.optimizer.build(model.trainable_variables)
    rates = Rates(model, schedule, cycles)
    found = rates.allocate(8)
    rates.write(found, start, stop, state=read_state(model), step=step)
    return found


def test_only_the_steps_that_are_decided_are_written():
    found = decided(dense_net(optimizer=keras.optimizers.SGD(0.25)))
    assert found.momentum is None
    assert_array_equal(found.learning_rate, [0, 0, 0.25, 0.25, 0.25, 0.25, 0, 0])


def test_the_optimizers_own_schedule_goes_by_its_iterations():
    model = dense_net(optimizer=keras.optimizers.SGD(ExponentialDecay(0.1, 4, 0.5)))
    model.optimizer.build(model.trainable_variables)
    model.optimizer.iterations.assign(7)
    found = decided(model, step=100)
    assert_allclose(found.learning_rate[2:6], 0.1 * 0.5 ** (np.arange(7, 11) / 4), **LEARNING_RATES)


def test_a_schedule_of_the_fit_goes_by_its_steps():
    found = decided(dense_net(), ExponentialDecay(0.1, 4, 0.5), step=3)
    assert_allclose(found.learning_rate[2:6], 0.1 * 0.5 ** (np.arange(3, 7) / 4), **LEARNING_RATES)


def test_a_schedule_that_cycles_the_momentum_says_it_for_each_step():
    cycle = OneCycle(0.1, 20, momentum=(0.95, 0.85))
    model = dense_net(optimizer=keras.optimizers.SGD(cycle, momentum=0.9))
    found = decided(model, cycle, cycles=True, step=5)
    assert_allclose(found.learning_rate[2:6], cycle(np.arange(5, 9)), **LEARNING_RATES)
    assert_allclose(found.momentum[2:6], cycle.momentum_at(np.arange(5, 9)), **LEARNING_RATES)


def test_a_rate_in_the_place_of_such_a_schedule_leaves_the_momentum_to_the_optimizer():
    model = dense_net(optimizer=keras.optimizers.SGD(0.5, momentum=0.75))
    found = decided(model, cycles=True)
    assert_array_equal(found.learning_rate[2:6], 0.5)
    assert_array_equal(found.momentum[2:6], 0.75)


def test_a_schedule_is_evaluated_ahead_and_anew_where_it_must_be():
    cache, one, other = ScheduleCache(), Counted(), Counted()
    for step in (0, 10, AHEAD - 4):
        found = cache.rates(one, step, 4).learning_rate
        assert_allclose(found, 0.5 ** (step + np.arange(1.0, 5)), **LEARNING_RATES)
    assert one.calls == 1
    for step in (AHEAD - 3, 0):  # beyond what was evaluated, and before it
        before = one.calls
        cache.rates(one, step, 4)
        assert one.calls == before + 1
    cache.rates(other, 0, 4)
    assert other.calls == 1
