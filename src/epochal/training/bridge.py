"""Between Keras' variables and the engine's state: the only file that reads or writes them."""

import random
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from threading import Lock
from typing import Any
from unittest.mock import patch

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras.optimizers.schedules import LearningRateSchedule
from keras.src import backend
from keras.src.initializers.random_initializers import RandomInitializer
from keras.src.random import seed_generator
from keras.src.utils.python_utils import pythonify_logs

from epochal.engine import Logs, State, Steps, Tree
from epochal.engine.xla.sampling import Keys, Stochastic
from epochal.training.architecture import architecture_key
from epochal.training.momentum import with_momentum
from epochal.training.noise import with_noise
from epochal.training.tracing import innermost, traced, watched

_BUILDING = Lock()  # what is swapped in Keras meanwhile is swapped for every thread


def read(model: keras.Model) -> State:
    """The model's variables as the engine's state."""
    optimizer = model.optimizer
    state = State(
        [variable.value for variable in model.trainable_variables],
        [variable.value for variable in model.non_trainable_variables],
        [variable.value for variable in optimizer.variables] if optimizer is not None else [],
        [variable.value for variable in model.metrics_variables],
    )
    return _unshared(state)


def _unshared(state: State) -> State:
    """`state` with no array in it twice, as after a swap of averaged weights: it is donated."""
    seen: set[int] = set()

    def once(value: Any) -> Any:
        if id(value) in seen:
            return jnp.copy(value)
        seen.add(id(value))
        return value

    return jax.tree.map(once, state)


def read_weights(model: keras.Model) -> State:
    """The state that prediction needs: the weights alone."""
    return State(
        [variable.value for variable in model.trainable_variables],
        [variable.value for variable in model.non_trainable_variables],
        [],
        [],
    )


def read_tested(model: keras.Model) -> State:
    """The state that testing needs: the weights and the metrics."""
    return read_weights(model)._replace(
        metrics=[variable.value for variable in model.metrics_variables]
    )


def trainable_paths(model: keras.Model) -> list[str]:
    """The layers and name of each trainable weight ("dense/kernel"), in the order of the state."""
    return [variable.path.removeprefix(f"{model.name}/") for variable in model.trainable_variables]


def write(model: keras.Model, state: State) -> None:
    """Put `state` into the model's variables; the parts that it leaves empty stay as they are."""
    state = _as_jax_arrays(state)
    groups = [
        (model.trainable_variables, state.trainable),
        (model.non_trainable_variables, state.non_trainable),
        (model.optimizer.variables if state.optimizer else [], state.optimizer),
        (model.metrics_variables if state.metrics else [], state.metrics),
    ]
    for variables, values in groups:
        for variable, value in zip(variables, values, strict=True):
            variable._value = value  # shape and dtype are the variable's own: nothing to convert


def _as_jax_arrays(state: State) -> State:
    """`state` as Keras' variables hold it: NumPy arrays of an engine's put over at once."""
    arrays, structure = jax.tree.flatten(state)
    foreign = [place for place, array in enumerate(arrays) if not isinstance(array, jax.Array)]
    taken = jax.device_put([arrays[place] for place in foreign])
    for place, array in zip(foreign, taken, strict=True):
        arrays[place] = array
    return jax.tree.unflatten(structure, arrays)


def publish(model: keras.Model, state: State) -> None:
    """Leave `state` where Keras' callbacks find it in the middle of an epoch.

    A callback that asks for its `model` has the state written into it first, and may change it.
    Until one does, nothing is copied: twice a batch that would cost more than the batch.
    """
    groups = state._asdict()
    model._jax_state = {f"{group}_variables": values for group, values in groups.items()}
    model._jax_state_synced = False


def take_back(model: keras.Model, state: State) -> State:
    """The state after callbacks have run: read anew if one of them asked for the model."""
    touched = model._jax_state_synced
    model._jax_state, model._jax_state_synced = None, True
    return read(model) if touched else state


def snapshot(model: keras.Model) -> State:
    """A copy of everything that training changes in a model; see `restore`."""
    return jax.tree.map(np.array, read(model))


def restore(model: keras.Model, before: State) -> None:
    """Put a `snapshot` back, byte for byte."""
    write(model, jax.tree.map(jnp.array, before))


def put(values: Iterable[tuple[keras.Variable, Any]]) -> None:
    """Write a copy of each value into its variable, rounded to the variable's own type."""
    for variable, value in values:
        # An array of its own: engines donate what they are given.
        variable.assign(jnp.array(np.asarray(value), variable.dtype))


def copy_weights(layer: keras.Layer, new: keras.Layer) -> None:
    """Give `new`, a layer of the same configuration, the weights of `layer`."""
    put(zip(new.weights, layer.weights, strict=True))
    for each in new._flatten_layers():
        if isinstance(each, keras.layers.Normalization):
            each.finalize_state()  # its mean and deviation are constants made from its weights


def per_variable(model: keras.Model, of_layers: list[tuple[keras.Layer, float]]) -> list[float]:
    """A number for each trainable variable of `model`, in order, from one for each layer."""
    numbers = {
        id(variable): number
        for layer, number in of_layers
        for variable in layer.trainable_variables
    }
    return [numbers[id(variable)] for variable in model.trainable_variables]


def build(model: keras.Model, iterator: Any, seed: int | None) -> None:
    """Build what is not yet built, from the first batch; `seed` then decides its weights."""
    with _BUILDING, ExitStack() as stack:
        if seed is not None:
            for index, initializer in enumerate(_unseeded_initializers(model)):
                initializer.seed = _derived(seed, 1, index)
            # What a layer makes only while it is built (the parts of an attention layer, weights
            # with Keras' default initialiser) draws its default seed from here.
            source = random.Random(_derived(seed, 2))
            stack.enter_context(patch.object(seed_generator, "python_random", source))
        model._symbolic_build(iterator=iterator)
    iterator.reset()


def _derived(seed: int, *path: int) -> int:
    return int(np.random.SeedSequence([seed, *path]).generate_state(1)[0])


def _unseeded_initializers(model: keras.Model) -> list[Any]:
    """The random initialisers of the layers that are not built, without a seed of the user's."""
    return [
        value
        for layer in model._flatten_layers()
        if not layer.built
        for value in vars(layer).values()
        if isinstance(value, RandomInitializer) and value._init_seed is None
    ]


def reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Give every random layer its own seed for `epoch`, whatever the epochs before drew.

    So a fit that is resumed at an epoch draws what an uninterrupted one draws there.
    """
    for position, value in _seeds(model, seed, epoch).items():
        model.non_trainable_variables[position].assign(value)


def reseeded(model: keras.Model, state: State, seed: int, epoch: int) -> State:
    """`state` with the seeds that `reseed` gives; the model stays as it is."""
    values = list(state.non_trainable)
    for position, value in _seeds(model, seed, epoch).items():
        values[position] = jnp.array(value)
    return state._replace(non_trainable=values)


def _seeds(model: keras.Model, seed: int, epoch: int) -> dict[int, np.ndarray]:
    """The state of each random layer at the start of `epoch`, by its non-trainable position."""
    generators = [
        position
        for position, variable in enumerate(model.non_trainable_variables)
        if variable.path.endswith("seed_generator_state")
    ]
    return {
        position: np.array([_derived(seed, 0, index, epoch), 0], np.uint32)
        for index, position in enumerate(generators)
    }


def optimizer_schedule(model: keras.Model) -> LearningRateSchedule | None:
    """The schedule that the optimiser was made with, if any."""
    schedule = getattr(innermost(getattr(model, "optimizer", None)), "_learning_rate", None)
    return schedule if isinstance(schedule, LearningRateSchedule) else None


def own_schedule(model: keras.Model, state: State) -> tuple[Any, int]:
    """The optimiser's own schedule, or None, and the step at which it stands."""
    schedule = optimizer_schedule(model)
    if schedule is None:
        return None, 0
    return schedule, int(_value(model, state, innermost(model.optimizer)._iterations))


def own_rate(model: keras.Model, state: State) -> float:
    """The optimiser's learning rate, where it has no schedule; NaN where it has none at all."""
    rate = getattr(innermost(model.optimizer), "_learning_rate", np.nan)
    if isinstance(rate, keras.Variable):
        return float(_value(model, state, rate))
    return float(rate() if callable(rate) else rate)


def _value(model: keras.Model, state: State, variable: Any) -> Any:
    """The value in `state` of one of the optimiser's variables."""
    for one, value in zip(model.optimizer.variables, state.optimizer, strict=True):
        if one is variable:
            return np.asarray(value)
    raise KeyError(variable.path)


def finalize(model: keras.Model) -> None:
    """What Keras does when training ends: averaged weights, where asked for, take their place."""
    if isinstance(model.optimizer, keras.optimizers.Optimizer):
        model.optimizer.finalize_variable_values(model.trainable_weights)
        write(model, read(model))  # the averages are the weights: as arrays of their own


def penalty(model: keras.Model) -> float | None:
    """What the regularisers of its weights add to the model's loss now; None without any."""
    penalized = [v for v in model.trainable_variables if v.regularizer is not None]
    return float(sum(v.regularizer(v.value) for v in penalized)) if penalized else None


def to_python(logs: Logs) -> dict[str, float]:
    return pythonify_logs(jax.device_get(logs))


def steps_of(
    model: keras.Model,
    schedule: Any = None,
    tracked: Sequence[str] = (),
    momentum: bool = False,
) -> Steps:
    """The model's own steps as pure functions of state and batch.

    `schedule` is the one that the fit was given in place of the optimiser's own rate; `tracked`
    names what a step measures beside its loss: "gradient_norm". With `momentum` each step is told
    its rate and its momentum, (2,), instead of its rate alone.
    """
    loss_at = _loss_tracker_position(model)
    within = _schedule_within(model) if schedule is None else None

    def train(state: State, batch: Tree, rate: Any) -> tuple[State, Logs, Logs]:
        metrics, so_far = _without_loss(state.metrics, loss_at)
        with ExitStack() as stack:
            if momentum:
                stack.enter_context(with_momentum(model.optimizer, rate[1]))
                rate = rate[0]
            stack.enter_context(traced(model.optimizer, rate if within is None else None))
            watching = "gradient_norm" in tracked
            squares = stack.enter_context(watched(model.optimizer)) if watching else []
            logs, after = model.train_step(
                (state.trainable, state.non_trainable, state.optimizer, metrics), batch
            )
        after = State(*map(list, after))
        loss, logs, metrics = _with_loss(after.metrics, logs, loss_at, so_far)
        state = after._replace(metrics=metrics)
        measured = {"loss": loss}
        if watching:
            # A train_step of the user's own may leave the optimiser out: then it is not known.
            measured["gradient_norm"] = jnp.sqrt(sum(squares)) if squares else jnp.float32(jnp.nan)
        return state, measured, _carried(state, logs)

    def test(state: State, batch: Tree) -> tuple[State, Logs]:
        with traced():
            logs, (_, non_trainable, metrics) = model.test_step(
                (state.trainable, state.non_trainable, state.metrics), batch
            )
        state = state._replace(non_trainable=list(non_trainable), metrics=list(metrics))
        return state, _carried(state, logs)

    def predict(state: State, batch: Tree) -> tuple[Tree, State]:
        with traced():
            outputs, non_trainable = model.predict_step(
                (state.trainable, state.non_trainable), batch
            )
        return outputs, state._replace(non_trainable=list(non_trainable))

    def metric_results(state: State) -> Logs:
        mapping = list(zip(model.metrics_variables, state.metrics, strict=True))
        with backend.StatelessScope(state_mapping=mapping):
            return model.get_metrics_result()

    def _carried(state: State, logs: Any) -> Logs:
        """What the loop must carry: nothing, unless the model's own step reports something else."""
        return {} if set(logs) == set(metric_results(state)) else dict(logs)

    def result(state: State, carried: Logs) -> Logs:
        return carried or metric_results(state)

    key = architecture_key(model), within, tuple(tracked), momentum
    rates = 2 if momentum else 1
    return Steps(key=key, rates=rates, train=train, test=test, predict=predict, result=result)


def stochastic_of(model: keras.Model) -> Stochastic:
    """The model with its noise layers drawing, and all else as in a prediction, row by row."""

    def outputs(state: State, row: Tree, keys: Keys) -> Tree:
        batch = (jax.tree.map(lambda leaf: leaf[None], row),)
        with traced(keys=keys), with_noise(model):
            outputs, _ = model.predict_step((state.trainable, state.non_trainable), batch)
        return jax.tree.map(lambda leaf: leaf[0], outputs)

    return Stochastic(key=architecture_key(model), outputs=outputs)


def _schedule_within(model: keras.Model) -> LearningRateSchedule | None:
    """The optimiser's own schedule, where the program alone knows which step it is at.

    Loss scaling leaves the steps out whose gradients overflow, and does not count them.
    """
    skips = isinstance(getattr(model, "optimizer", None), keras.optimizers.LossScaleOptimizer)
    return optimizer_schedule(model) if skips else None


def _loss_tracker_position(model: keras.Model) -> int | None:
    """Where the running mean of the loss (total, count) stands among the metric variables."""
    tracker = getattr(model, "_loss_tracker", None)
    if tracker is None:
        return None
    for position, variable in enumerate(model.metrics_variables):
        if variable is tracker.variables[0]:
            return position
    return None


def _without_loss(metrics: list, at: int | None) -> tuple[list, tuple | None]:
    """The metric variables with the running loss at zero, so that a step leaves its own loss."""
    if at is None:
        return metrics, None
    so_far = metrics[at], metrics[at + 1]
    zeros = [jnp.zeros_like(value) for value in so_far]
    return [*metrics[:at], *zeros, *metrics[at + 2 :]], so_far


def _with_loss(
    metrics: list, logs: Any, at: int | None, so_far: tuple | None
) -> tuple[Any, Logs, list]:
    """The step's own loss, its logs, and the metric variables, with the running loss put back."""
    logs = dict(logs)
    reported = jnp.asarray(logs.get("loss", jnp.nan), jnp.float32)
    if at is None or so_far is None:
        return reported, logs, metrics
    total, weight = metrics[at], metrics[at + 1]
    running = [so_far[0] + total, so_far[1] + weight]
    tracked = weight > 0  # a train_step of the user's own need not use Keras' loss tracker
    if "loss" in logs:
        logs["loss"] = jnp.where(tracked, running[0] / running[1], logs["loss"])
    loss = jnp.where(tracked, total / weight, reported)
    return loss, logs, [*metrics[:at], *running, *metrics[at + 2 :]]


def places(model: keras.Model) -> dict[int, tuple[str, int]]:
    """Where in the state each of the model's variables stands, by the variable's id."""
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
