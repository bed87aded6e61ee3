"""Variables as a value, and the value as variables."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from epochal.bridge.state import (
    assign_values,
    read_state,
    read_weights,
    reseed_layers,
    reseeded_state,
    restore_state,
    snapshot_state,
    state_indices,
    trainable_paths,
    values_per_variable,
    weight_penalty,
    write_state,
)
from tests.bridge.models import sequential

X = np.random.default_rng(0).standard_normal((6, 4)).astype("float32")


def built() -> keras.Model:
    model = sequential()
    model.fit(X, X[:, :2], verbose=0)
    return model


def test_what_is_written_is_read() -> None:
    model, other = built(), built()
    write_state(other, snapshot_state(model))
    for ours, theirs in zip(read_state(other), read_state(model), strict=True):
        for one, another in zip(ours, theirs, strict=True):
            assert_array_equal(one, another)


def test_a_snapshot_is_restored_to_the_byte() -> None:
    model = built()
    before = [np.asarray(variable).tobytes() for variable in model.variables]
    snapshot = snapshot_state(model)
    model.fit(X, X[:, :2], verbose=0)
    restore_state(model, snapshot)
    assert [np.asarray(variable).tobytes() for variable in model.variables] == before


def test_every_variable_has_its_place() -> None:
    model = built()
    state, indices = read_state(model), state_indices(model)
    assert len(indices) == sum(len(group) for group in state)
    for variable in [*model.variables, *model.metrics_variables]:
        group, position = indices[id(variable)]
        assert getattr(state, group)[position] is variable.value


def test_weights_leave_the_rest_as_it_is() -> None:
    model = built()
    iterations = int(model.optimizer.iterations)
    write_state(model, read_weights(sequential()))
    assert int(model.optimizer.iterations) == iterations


def test_a_value_is_copied_into_its_variable() -> None:
    variable = keras.Variable(np.zeros(2), dtype="float32")
    value = np.ones(2)
    assign_values([(variable, value)])
    value[:] = 7
    assert_array_equal(variable, [1, 1])
    assert variable.dtype == "float32"


def test_an_epochs_seeds_depend_on_the_epoch_alone() -> None:
    model = built()
    expected = reseeded_state(model, read_state(model), seed=1, epoch=3).non_trainable
    for epoch in (0, 3):
        reseed_layers(model, seed=1, epoch=epoch)
    for ours, theirs in zip(read_state(model).non_trainable, expected, strict=True):
        assert_array_equal(ours, theirs)


def test_numbers_of_layers_become_numbers_of_variables() -> None:
    model = sequential()
    numbered = [(layer, float(at)) for at, layer in enumerate(model.layers)]
    assert trainable_paths(model)[:2] == ["hidden/kernel", "hidden/bias"]
    assert values_per_variable(model, numbered) == [0.0, 0.0, 1.0, 1.0, 3.0, 3.0]


def test_the_penalty_is_that_of_the_weights() -> None:
    assert weight_penalty(sequential()) is None
    layer = keras.layers.Dense(1, kernel_initializer="ones", kernel_regularizer="l2")
    assert weight_penalty(keras.Sequential([keras.Input((4,)), layer])) == np.float32(0.01) * 4


@pytest.mark.parametrize(
    "regularizer",
    [
        keras.regularizers.L1(0.3),
        keras.regularizers.L2(0.2),
        keras.regularizers.L1L2(0.1, 0.4),
        keras.regularizers.L1L2(l1=0.1),
        keras.regularizers.OrthogonalRegularizer(0.5),
    ],
)
def test_every_penalty_is_that_of_keras(regularizer) -> None:
    layer = keras.layers.Dense(3, kernel_regularizer=regularizer, bias_regularizer="l1")
    model = keras.Sequential([keras.Input((4,)), layer])
    layer.bias.assign([1.0, -2.0, 3.0])
    assert weight_penalty(model) == pytest.approx(float(sum(model.losses)), rel=1e-6)
