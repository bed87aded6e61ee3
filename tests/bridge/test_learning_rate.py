"""The learning rate of an optimiser: a number or a schedule, through a wrapper too."""

import keras
import pytest

from epochal.bridge.learning_rate import (
    check_momentum,
    constant_learning_rate,
    cycles_momentum,
    optimizer_schedule,
    schedule_and_step,
)
from epochal.bridge.state import read_state
from epochal.errors import InputError
from epochal.schedules import OneCycle
from tests.bridge.models import sequential

CYCLE = OneCycle(0.1, total_steps=10, momentum=(0.9, 0.8))


def built(optimizer: keras.optimizers.Optimizer) -> keras.Model:
    model = sequential(optimizer=optimizer)
    model.optimizer.build(model.trainable_variables)
    return model


def test_a_number_is_read_from_the_state() -> None:
    model = built(keras.optimizers.SGD(0.5))
    state = read_state(model)
    model.optimizer.learning_rate = 0.25
    assert optimizer_schedule(model) is None
    assert schedule_and_step(model, state) == (None, 0)
    assert constant_learning_rate(model, read_state(model)) == 0.25
    assert constant_learning_rate(model, state) == 0.5


def test_a_schedule_comes_with_its_step() -> None:
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    model = built(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(schedule)))
    assert optimizer_schedule(model) is schedule
    assert schedule_and_step(model, read_state(model)) == (schedule, 0)


def test_a_cycled_momentum_needs_one() -> None:
    assert cycles_momentum(CYCLE)
    assert not cycles_momentum(keras.optimizers.schedules.CosineDecay(0.1, 10))
    check_momentum(built(keras.optimizers.Adam()), CYCLE)
    with pytest.raises(InputError, match=r"^schedule must not cycle the momentum where .* SGD"):
        check_momentum(built(keras.optimizers.SGD()), CYCLE)
