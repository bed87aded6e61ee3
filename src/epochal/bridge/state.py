"""Keras' variables as the engine's state, and back: the only file that reads or writes them."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from epochal.bridge.distribution import is_distributed
from epochal.bridge.initial_values import without_compiling
from epochal.compat._jax import put_on_device
from epochal.compat._keras import (
    flatten_layers,
    lend_state,
    pythonify_logs,
    set_value,
    take_state_back,
)
from epochal.engine import LazyArray, Logs, State
from epochal.engine.forked import check_ready, fork_safe

_NORMS = {keras.regularizers.L1, keras.regularizers.L2, keras.regularizers.L1L2}


def read_state(model: keras.Model) -> State:
    """The model's variables as the engine's state."""
    optimizer = model.optimizer
    state = State(
        [variable.value for variable in model.trainable_variables],
        [variable.value for variable in model.non_trainable_variables],
        [variable.value for variable in optimizer.variables] if optimizer is not None else [],
        [variable.value for variable in model.metrics_variables],
    )
    check_ready(state)
    return _unshared(state)


def _unshared(state: State) -> State:
    """`state` with no array twice, as averaged weights are: engines donate what they are given."""
    seen: set[int] = set()

    def once(value: Any) -> Any:
        """`value`, or a copy where it came before."""
        if id(value) in seen:
            return jnp.copy(value)
        seen.add(id(value))
        return value

    unshared: State = jax.tree.map(once, state)
    return unshared


def read_weights(model: keras.Model) -> State:
    """The state that prediction needs: the weights alone."""
    state = State(
        [variable.value for variable in model.trainable_variables],
        [variable.value for variable in model.non_trainable_variables],
        [],
        [],
    )
    check_ready(state)
    return state


def has_finite_weights(model: keras.Model) -> bool:
    """Whether all weights of a built model are finite."""
    return all(np.isfinite(weight).all() for weight in jax.tree.leaves(read_weights(model)))


def have_equal_weights(one: keras.Model, other: keras.Model) -> bool:
    """Whether the weights of two models have the same shapes, one after another."""
    return [each.shape for each in one.weights] == [each.shape for each in other.weights]


def read_test_state(model: keras.Model) -> State:
    """The state that testing needs: the weights and the metrics."""
    return read_weights(model)._replace(
        metrics=[variable.value for variable in model.metrics_variables]
    )


def trainable_paths(model: keras.Model) -> list[str]:
    """The layers and name of each trainable weight ("dense/kernel"), in the order of the state."""
    return [variable.path.removeprefix(f"{model.name}/") for variable in model.trainable_variables]


def write_state(model: keras.Model, state: State) -> None:
    """Put `state` into the model's variables; the parts that it leaves empty stay as they are."""
    state = _as_jax_arrays(state)
    groups = {
        "trainable": lambda: model.trainable_variables,
        "non_trainable": lambda: model.non_trainable_variables,
        "optimizer": lambda: model.optimizer.variables,
        "metrics": lambda: model.metrics_variables,
    }
    for group, variables in groups.items():
        if values := getattr(state, group):
            for variable, value in zip(variables(), values, strict=True):
                set_value(variable, value)


def _as_jax_arrays(state: State) -> State:
    """`state` with an engine's own arrays transferred to the device in one go."""
    arrays, structure = jax.tree.flatten(state)
    foreign = [place for place, array in enumerate(arrays) if not isinstance(array, jax.Array)]
    taken = put_on_device([_for_good(arrays[place]) for place in foreign])
    for place, array in zip(foreign, taken, strict=True):
        if isinstance(arrays[place], LazyArray):
            arrays[place].known_as(array)
        arrays[place] = array
    converted: State = jax.tree.unflatten(structure, arrays)
    return converted


def _for_good(array: Any) -> np.ndarray:
    """Numbers that nobody changes any more."""
    return array.read() if isinstance(array, LazyArray) else np.array(array)


def publish_state(model: keras.Model, state: State) -> None:
    """Leave `state` where Keras' callbacks find it, until `reclaim_state`.

    When a callback accesses its `model`, the state is written into it first, and the callback may
    change it. Until then nothing is copied: twice per batch, that would cost more than the batch.
    """
    lend_state(model, partial(write_state, model, state))


def reclaim_state(model: keras.Model, state: State) -> State:
    """The state after callbacks have run: read again if one of them accessed the model.

    `state` itself where it is not left for any.
    """
    return read_state(model) if take_state_back(model) else state


def reset_metrics(model: keras.Model) -> list[Any]:
    """`model.reset_metrics()`: the values that their variables begin with."""
    with without_compiling():
        model.reset_metrics()
    return [variable.value for variable in model.metrics_variables]


def resets_to_constants(model: keras.Model) -> bool:
    """Whether Keras' own code resets all metrics: then they always begin with the same values."""
    metrics = [each for one in model.metrics for each in (one, *getattr(one, "metrics", ()))]
    resets = [type(model).reset_metrics, *(type(each).reset_state for each in metrics)]
    return all(reset.__module__.startswith("keras.") for reset in resets)


def snapshot_state(model: keras.Model) -> State:
    """A copy of everything that training changes in a model; see `restore_state`."""
    copy: State = jax.tree.map(np.array, read_state(model))
    return copy


def restore_state(model: keras.Model, before: State) -> None:
    """Restore a `snapshot_state`, byte for byte."""
    write_state(model, before)


def assign_values(values: Iterable[tuple[keras.Variable, Any]]) -> None:
    """Write a copy of each value into its variable, rounded to the variable's own type."""
    for variable, value in values:
        # An array of its own: engines donate what they are given.
        variable.assign(jnp.array(np.asarray(value), variable.dtype))


def copy_weights(layer: keras.Layer, new: keras.Layer) -> None:
    """Give `new`, a layer of the same configuration, the weights of `layer`."""
    assign_values(zip(new.weights, layer.weights, strict=True))
    for each in flatten_layers(new):
        if isinstance(each, keras.layers.Normalization):
            each.finalize_state()  # makes its mean and standard deviation from its weights


def values_per_variable(
    model: keras.Model, of_layers: list[tuple[keras.Layer, float]]
) -> list[float]:
    """A number for each trainable variable of `model`, in order, from one for each layer."""
    numbers = {
        id(variable): number
        for layer, number in of_layers
        for variable in layer.trainable_variables
    }
    return [numbers[id(variable)] for variable in model.trainable_variables]


def derived_seed(seed: int, *path: int) -> int:
    """A seed that depends on `seed` and on where it is used."""
    return int(np.random.SeedSequence([seed, *path]).generate_state(1)[0])


def reseed_layers(model: keras.Model, seed: int, epoch: int) -> None:
    """Give every random layer a seed for `epoch`, independent of what earlier epochs drew.

    So a fit that is resumed at an epoch draws what an uninterrupted one draws there.
    """
    seeds = _seeds(model, seed, epoch)
    variables = model.non_trainable_variables
    if is_distributed():  # Keras knows on which devices they lie
        for position, value in seeds.items():
            variables[position].assign(value)
        return
    # `assign` would look at each for a millisecond, after every epoch.
    placed = put_on_device(list(seeds.values()))
    for position, array in zip(seeds, placed, strict=True):
        set_value(variables[position], array)


def reseeded_state(model: keras.Model, state: State, seed: int, epoch: int) -> State:
    """`state` with the seeds that `reseed_layers` sets; the model is not changed."""
    seeds = _seeds(model, seed, epoch)
    values = list(state.non_trainable)
    for position, array in zip(seeds, put_on_device(list(seeds.values())), strict=True):
        values[position] = array
    return state._replace(non_trainable=values)


def _seeds(model: keras.Model, seed: int, epoch: int) -> dict[int, np.ndarray]:
    """The state of each random layer at the start of `epoch`, by its non-trainable position."""
    generators = [
        position
        for position, variable in enumerate(model.non_trainable_variables)
        if variable.path.endswith("seed_generator_state")
    ]
    return {
        position: np.array([derived_seed(seed, 0, index, epoch), 0], np.uint32)
        for index, position in enumerate(generators)
    }


def finalize_averages(model: keras.Model) -> None:
    """End training as Keras does: averaged weights, where the optimiser keeps them, are used."""
    if isinstance(model.optimizer, keras.optimizers.Optimizer):
        model.optimizer.finalize_variable_values(model.trainable_weights)
        # The weights share the arrays of the averages now: give them their own.
        write_state(model, read_state(model))


def penalizes_weights(model: keras.Model) -> bool:
    """Whether weights that are trained have a regulariser."""
    return any(variable.regularizer is not None for variable in model.trainable_variables)


def weight_penalty(model: keras.Model) -> float | None:
    """What the regularisers of its weights add to the model's loss; None where there are none."""
    penalized = [v for v in model.trainable_variables if v.regularizer is not None]
    if not penalized:
        return None
    return float(sum(_penalty(v.regularizer, v.value) for v in penalized))


def _penalty(regularizer: Any, weights: Any) -> float:
    """Norms by NumPy: after every epoch of a small network, JAX would take longer to be called."""
    if type(regularizer) not in _NORMS:
        return float(fork_safe(regularizer)(weights))
    values = np.asarray(weights)
    l1, l2 = float(getattr(regularizer, "l1", 0)), float(getattr(regularizer, "l2", 0))
    penalty = l1 * np.abs(values).sum() if l1 else 0
    return float(penalty + (l2 * np.square(values).sum() if l2 else 0))


def python_logs(logs: Logs) -> dict[str, float]:
    """The logs as Python's numbers."""
    scores: dict[str, float] = pythonify_logs(jax.device_get(logs))
    return scores


def state_indices(model: keras.Model) -> dict[int, tuple[str, int]]:
    """The field and the position in the state of each variable, by the variable's id."""
    optimizer = getattr(model, "optimizer", None)  # none before it is compiled
    groups = {
        "trainable": model.trainable_variables,
        "non_trainable": model.non_trainable_variables,
        "optimizer": optimizer.variables if optimizer is not None else [],
        "metrics": model.metrics_variables,
    }
    return {
        id(variable): (group, position)
        for group, variables in groups.items()
        for position, variable in enumerate(variables)
    }
