"""A Keras model's own steps as pure functions, which the `xla` engine compiles."""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import keras
from keras.optimizers.schedules import LearningRateSchedule

from epochal.bridge.distribution import with_rows_shared
from epochal.bridge.learning_rate import optimizer_schedule
from epochal.bridge.optimizer import recording_gradient_norms, with_momentum
from epochal.bridge.patches import patched_keras
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
    return _ModelSteps(model, options or StepOptions()).as_steps()


class _ModelSteps:
    """Keras' `train_step`, `test_step` and `predict_step` without side effects."""

    def __init__(self, model: keras.Model, options: StepOptions) -> None:
        self.model, self.options = model, options
        self.loss_at = _loss_tracker_position(model)
        self.within = None if options.replaces_schedule else _schedule_within(model)

    def as_steps(self) -> Steps:
        """The functions, and the key under which what is compiled of them is shared."""
        tracked, cycles_momentum = self.options.tracked, self.options.cycles_momentum
        return Steps(
            key=(
                program_key(self.model),
                self.within,
                tracked,
                cycles_momentum,
                keras.distribution.distribution(),
            ),
            cycles_momentum=cycles_momentum,
            train=self.train,
            test=self.test,
            predict=self.predict,
            result=self.result,
        )

    def train(self, state: State, batch: Tree, rates: StepRates) -> tuple[State, Logs, Logs]:
        """The state after one step; what is recorded of the step; and what `result` is given."""
        optimizer = self.model.optimizer
        metrics, so_far = _without_loss(state.metrics, self.loss_at)
        squares: list[Any] | None = None
        with ExitStack() as stack:
            if rates.momentum is not None:
                stack.enter_context(with_momentum(optimizer, rates.momentum))
            rate = rates.learning_rate if self.within is None else None
            stack.enter_context(patched_keras(optimizer, rate))
            if "gradient_norm" in self.options.tracked:
                squares = stack.enter_context(recording_gradient_norms(optimizer))
            logs, after = self.model.train_step(
                (state.trainable, state.non_trainable, state.optimizer, metrics),
                with_rows_shared(batch),
            )
        after = State(*map(list, after))
        loss, logs, metrics = _with_loss(after.metrics, logs, self.loss_at, so_far)
        state = after._replace(metrics=metrics)
        recorded = {"loss": loss}
        if squares is not None:
            # A train_step of the user's own may leave the optimiser out: then it is not known.
            recorded["gradient_norm"] = jnp.sqrt(sum(squares)) if squares else jnp.float32(jnp.nan)
        return state, recorded, self._carried(state, logs)

    def test(self, state: State, batch: Tree) -> tuple[State, Logs]:
        """The state with the metrics of one more batch; and what `result` is given."""
        with patched_keras():
            logs, (_, non_trainable, metrics) = self.model.test_step(
                (state.trainable, state.non_trainable, state.metrics), with_rows_shared(batch)
            )
        state = state._replace(non_trainable=list(non_trainable), metrics=list(metrics))
        return state, self._carried(state, logs)

    def predict(self, state: State, batch: Tree) -> tuple[Tree, State]:
        """The outputs for one batch, and the state after them."""
        with patched_keras():
            outputs, non_trainable = self.model.predict_step(
                (state.trainable, state.non_trainable), with_rows_shared(batch)
            )
        return outputs, state._replace(non_trainable=list(non_trainable))

    def result(self, state: State, carried: Logs) -> Logs:
        """The logs of all batches so far."""
        return carried or self._metric_results(state)

    def _carried(self, state: State, logs: Any) -> Logs:
        """What the loop must carry: nothing, unless the model's own step reports something else."""
        return {} if set(logs) == set(self._metric_results(state)) else dict(logs)

    def _metric_results(self, state: State) -> Logs:
        mapping = list(zip(self.model.metrics_variables, state.metrics, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            results: dict[str, Any] = self.model.get_metrics_result()
            return results


def stochastic_outputs(model: keras.Model) -> Stochastic:
    """The model with its noise layers active, and all else as in a prediction, row by row."""

    def outputs(state: State, row: Tree, keys: Keys) -> Tree:
        """One sample of one row."""
        batch = (jax.tree.map(lambda leaf: leaf[None], row),)
        with patched_keras(keys=keys), with_noise(model):
            outputs, _ = model.predict_step((state.trainable, state.non_trainable), batch)
        return jax.tree.map(lambda leaf: leaf[0], outputs)

    return Stochastic(key=program_key(model), outputs=outputs)


def _schedule_within(model: keras.Model) -> LearningRateSchedule | None:
    """The optimiser's own schedule, where the program alone knows which step it is at.

    Loss scaling skips the steps whose gradients overflow, and does not count them.
    """
    skips = isinstance(getattr(model, "optimizer", None), keras.optimizers.LossScaleOptimizer)
    return optimizer_schedule(model) if skips else None


def _loss_tracker_position(model: keras.Model) -> int | None:
    """The position of the running mean of the loss (total, count) among the metric variables."""
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
