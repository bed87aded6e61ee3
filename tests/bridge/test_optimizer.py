"""What is swapped in an optimiser is its own again afterwards."""

import keras
import numpy as np
import pytest

from epochal.bridge.optimizer import (
    base_optimizer,
    momentum_name,
    own_momentum,
    recording_gradient_norms,
    set_momentum,
    with_momentum,
    with_rate,
)
from epochal.optimizers import DiscriminativeRates

optimizers = keras.optimizers


def test_the_innermost_optimizer_is_found() -> None:
    inner = optimizers.Adam()
    assert base_optimizer(inner) is inner
    assert base_optimizer(optimizers.LossScaleOptimizer(inner)) is inner
    assert base_optimizer(DiscriminativeRates(inner, [1.0])) is inner


@pytest.mark.parametrize(
    ("optimizer", "name", "momentum"),
    [
        (optimizers.Adam(beta_1=0.8), "beta_1", 0.8),
        (optimizers.SGD(momentum=0.7), "momentum", 0.7),
        (optimizers.SGD(), None, np.nan),
        (optimizers.LossScaleOptimizer(optimizers.Nadam(beta_1=0.6)), "beta_1", 0.6),
    ],
)
def test_momentum_by_its_name(optimizer, name: str | None, momentum: float) -> None:
    assert momentum_name(base_optimizer(optimizer)) == name
    assert own_momentum(optimizer) == pytest.approx(momentum, nan_ok=True)
    with with_momentum(optimizer, 0.25):
        if name == "beta_1":
            assert base_optimizer(optimizer).beta_1 == 0.25
    assert own_momentum(optimizer) == pytest.approx(momentum, nan_ok=True)


def test_a_rate_is_replaced_inside_alone() -> None:
    optimizer = optimizers.SGD(0.5)
    with with_rate(optimizer, lambda: 0.125):
        assert float(optimizer.learning_rate) == 0.125
    assert float(optimizer.learning_rate) == 0.5


def test_a_momentum_is_set_where_there_is_one() -> None:
    optimizer, without = optimizers.SGD(momentum=0.5), optimizers.SGD()
    set_momentum(optimizer, 0.25)
    set_momentum(without, 0.25)
    assert (optimizer.momentum, without.momentum) == (0.25, 0.0)


def test_gradients_are_recorded_before_they_are_clipped() -> None:
    variable = keras.Variable([3.0, 4.0])
    optimizer = optimizers.SGD(1.0, clipnorm=1.0)
    with recording_gradient_norms(optimizer) as squares:
        optimizer.apply([keras.ops.convert_to_tensor([3.0, 4.0])], [variable])
    assert [float(square) for square in squares] == [25.0]
    assert "apply" not in vars(optimizer)
