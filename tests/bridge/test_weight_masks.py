"""Masks keep weights at zero through the optimiser's steps, and go without a trace."""

import keras
import numpy as np
from numpy.testing import assert_array_equal

from epochal.bridge import weight_masks

MASK = np.array([[True], [False], [True]])


def model() -> keras.Model:
    constraint = keras.constraints.MaxNorm(1.0)
    layer = keras.layers.Dense(1, kernel_initializer="ones", kernel_constraint=constraint)
    built = keras.Sequential([keras.Input((3,)), layer])
    built.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse")
    built.optimizer.build(built.trainable_variables)
    return built


def test_what_is_masked_stays_zero() -> None:
    net = model()
    kernel = net.layers[0].kernel
    weight_masks.install(net, [kernel])
    weight_masks.apply([kernel], [MASK])
    net.fit(np.ones((8, 3)), np.full(8, 5.0), epochs=3, verbose=0)
    assert_array_equal(np.asarray(kernel) == 0, ~MASK)
    assert not np.signbit(np.asarray(kernel)[1]).any()


def test_a_mask_is_put_on_once_and_taken_off() -> None:
    net = model()
    kernel = net.layers[0].kernel
    constraint, before = kernel.constraint, len(net.optimizer.variables)
    for _ in range(2):
        weight_masks.install(net, [kernel])
    assert len(net.optimizer.variables) == before + 1
    weight_masks.uninstall(net, [kernel])
    assert len(net.optimizer.variables) == before
    assert kernel.constraint is constraint
