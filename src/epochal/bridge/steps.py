"""A Keras model's own steps as pure functions, which the `xla` engine compiles."""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import keras
from keras.optimizers.schedules import LearningRateSchedule

from epochal.bridge.optimizer import optimizer_schedule, with_momentum
from epochal.bridge.patches import patched_keras, recording_gradient_norms
from epochal.bridge.program_key import program_key
from epochal.bridge.stochastic import with_noise
from epochal.compat._keras import loss_tracker
from epochal.engine import Logs, State, StepRates, Steps, Tree
from epochal.engine.xla.sampling import Keys, Stochastic


@dataclass(frozen=True, kw_only=True)
class StepOptions:
    """What a fit decides of its steps."""

    replaces_schedule: bool = False  # the fit's rates rule, whatever schedule the optimiser has
    cycles_momentum: bool = False  # each step is told its momentum beside its rate
    tracked: tuple[str, ...] = ()  # what is measured beside the loss: "gradient_norm"


def model_steps(
    model: keras.Model,
    options: StepOptions | None = None,
) -> Steps:
    """The model's own steps as pure functions of state and batch."""
    options = options or StepOptions()
    loss_at = _loss_tracker_position(model)
    within = None if options.replaces_schedule else _schedule_within(model)

    def train(state: State, batch: Tree, rates: StepRates) -> tuple[State, Logs, Logs]:
        metrics, so_far = _without_loss(state.metrics, loss_at)
        with ExitStack() as stack:
            if rates.momentum is not None:
                stack.enter_context(with_momentum(model.optimizer, rates.momentum))
            rate = rates.learning_rate if within is None else None
            stack.enter_context(patched_keras(model.optimizer, rate))
            watching = "gradient_norm" in options.tracked
            squares = (
                stack.enter_context(recording_gradient_norms(model.optimizer)) if watching else []
            )
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
        with patched_keras():
            logs, (_, non_trainable, metrics) = model.test_step(
                (state.trainable, state.non_trainable, state.metrics), batch
            )
        state = state._replace(non_trainable=list(non_trainable), metrics=list(metrics))
        return state, _carried(state, logs)

    def predict(state: State, batch: Tree) -> tuple[Tree, State]:
        with patched_keras():
            outputs, non_trainable = model.predict_step(
                (state.trainable, state.non_trainable), batch
            )
        return outputs, state._replace(non_trainable=list(non_trainable))

    def metric_results(state: State) -> Logs:
        mapping = list(zip(model.metrics_variables, state.metrics, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            results: dict[str, Any] = model.get_metrics_result()
            return results

    def _carried(state: State, logs: Any) -> Logs:
        """What the loop must carry: nothing, unless the model's own step reports something else."""
        return {} if set(logs) == set(metric_results(state)) else dict(logs)

    def result(state: State, carried: Logs) -> Logs:
        return carried or metric_results(state)

    return Steps(
        key=(program_key(model), within, options.tracked, options.cycles_momentum),
        cycles_momentum=options.cycles_momentum,
        train=train,
        test=test,
        predict=predict,
        result=result,
    )


def stochastic_outputs(model: keras.Model) -> Stochastic:
    """The model with its noise layers drawing, and all else as in a prediction, row by row."""

    def outputs(state: State, row: Tree, keys: Keys) -> Tree:
        batch = (jax.tree.map(lambda leaf: leaf[None], row),)
        with patched_keras(keys=keys), with_noise(model):
            outputs, _ = model.predict_step((state.trainable, state.non_trainable), batch)
        return jax.tree.map(lambda leaf: leaf[0], outputs)

    return Stochastic(key=program_key(model), outputs=outputs)


def _schedule_within(model: keras.Model) -> LearningRateSchedule | None:
    """The optimiser's own schedule, where the program alone knows which step it is at.

    Loss scaling leaves the steps out whose gradients overflow, and does not count them.
    """
    skips = isinstance(getattr(model, "optimizer", None), keras.optimizers.LossScaleOptimizer)
    return optimizer_schedule(model) if skips else None


def _loss_tracker_position(model: keras.Model) -> int | None:
    """Where the running mean of the loss (total, count) stands among the metric variables."""
    tracker = loss_tracker(model)
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
