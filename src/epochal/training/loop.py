"""One epoch: blocks of batches through the engine, in chunks of steps, or batch by batch."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import jax
import numpy as np

from epochal.bridge.backup_file import Standing, resume_epoch
from epochal.bridge.distribution import is_distributed
from epochal.bridge.state import (
    publish_state,
    python_logs,
    read_state,
    reclaim_state,
    reseed_layers,
    reseeded_state,
    reset_metrics,
    resets_to_constants,
    write_state,
)
from epochal.compat._keras import is_validation_epoch
from epochal.diagnosis.collector import ValidationCollector
from epochal.engine import Block, Engine, Logs, Record, State, StepRates
from epochal.interrupts import raise_if_interrupted, uninterrupted
from epochal.training.callbacks import (
    BatchHookScheduler,
    ask_for_the_model,
    batch_by_batch_reason,
    has_test_hooks,
    nan_watches,
)
from epochal.training.chunks import ChunkSizer
from epochal.training.evaluate import evaluate_feed
from epochal.training.monitoring import Tracking
from epochal.training.rates.steps import Rates
from epochal.training.run import Run
from epochal.training.session import Session

COPYING = 0.01  # of the time, at most, goes into copies; an epoch may be shorter than its copy


@dataclass(kw_only=True)
class Loop:
    """A fit under way.

    `state` is the model's state, and goes from epoch to epoch, through training, validation and
    diagnosis, as a value. Keras' variables are read when the first begins, and written where
    someone looks: callbacks that ask for their model (`shown`), and whoever has the model when the
    fit is over. Where a callback may look without asking, they are written before it is called;
    then `state` is None until an epoch begins, and they alone hold it.
    """

    session: Session
    run: Run
    collector: ValidationCollector
    rates: Rates
    tracking: Tracking = field(default_factory=Tracking)
    step: int = 0  # steps of this fit so far, which the schedule counts
    state: Any = None

    def __post_init__(self) -> None:
        self.model, self.engine = self.session.model, self.session.engine
        self.callbacks, self.display = self.session.callbacks, self.session.display
        self._pace, self._recovery = ChunkSizer(), RecoveryCopy()
        self._executions = BatchHookScheduler(1, self._begin_execution, self._end_execution)
        # Metric variables as epochs and evaluations begin with them; None until that is known.
        self._reset_metrics: list[Any] | None = None
        self._constant_reset = resets_to_constants(self.model)
        # Across devices, Keras alone knows where the variables lie.
        self._lends = ask_for_the_model(self.callbacks) and not is_distributed()
        self._test_by_batch = batch_by_batch_reason(self.callbacks, "test") is not None
        self._test_hooks = has_test_hooks(self.callbacks)

    def start_at(self, epoch: int) -> None:
        """Go on as if the epochs before `epoch` had been run."""
        self.step = self.session.feed.start_at(epoch)

    def begin_epoch(self, epoch: int) -> None:
        """Reset the metrics, where Keras alone does so only once by it, and call the callbacks."""
        known = self._reset_metrics
        if known is None or not self._constant_reset:
            self.publish()
            self._reset_metrics = self._copied(reset_metrics(self.model))
        elif self.state is not None:
            self.state = self.state._replace(metrics=self._copied(known))
        else:
            write_state(self.model, State([], [], [], self._copied(known)))
        with self.shown():
            self.callbacks.on_epoch_begin(epoch)

    def seed_epoch(self, epoch: int) -> None:
        """Seed what draws: independent of what earlier epochs drew."""
        if self.run.seed is None:
            return
        if self.state is None:
            reseed_layers(self.model, self.run.seed, epoch)
        else:
            self.state = reseeded_state(self.model, self.state, self.run.seed, epoch)

    def _copied(self, metrics: list[Any]) -> list[Any]:
        return self.engine.copy_state(State([], [], [], metrics)).metrics

    def train(self, standing: Standing | None = None) -> dict[str, float]:
        """Train one epoch; what is left of it, where a backup was made in its middle."""
        began, compiled = perf_counter(), self.engine.seconds_compiling()
        state = read_state(self.model) if self.state is None else self.state
        logs: Logs = {}
        done = trained = 0
        if standing is not None:
            resume_epoch(self.model, standing)
            state = read_state(self.model)
            logs, trained = standing.logs, standing.steps
            self.step += trained
        self.state = state
        self._recovery.renew(self.engine, state)
        self.tracking.begin(state)
        size = self.model.steps_per_execution
        self._executions = BatchHookScheduler(
            size, self._begin_execution, self._end_execution, trained
        )
        run_block = self._batch_by_batch if self.run.batch_by_batch else self._in_chunks
        for block in self.session.feed.epoch(self.engine.place):
            first = min(max(trained - done, 0), block.steps)
            if first < block.steps:
                logs = run_block(block, done, first)
            done += block.steps
            if self.model.stop_training:
                break
        self._executions.close()
        compiling = self.engine.seconds_compiling() - compiled
        self.run.timing.epochs.append(perf_counter() - began - compiling)
        found = python_logs(logs)
        # What the model itself reports under one of these names is its own affair.
        tracked = self.tracking.end(self.state, found.get("loss", np.nan))
        return found | {name: tracked[name] for name in tracked if name not in found}

    def validates(self, epoch: int, frequency: Any) -> bool:
        """Whether the model is validated after `epoch`."""
        known = self.session.validation is not None
        return known and is_validation_epoch(self.model, epoch, frequency)

    def validate(self) -> dict[str, float]:
        """Evaluate the state, between the callbacks of an evaluation."""
        feed = self.session.validation
        if feed is None:
            return {}
        feed.restart()
        self.model.stop_evaluating = False
        if self._test_hooks:
            self.publish()
        self.callbacks.on_test_begin()
        state = read_state(self.model) if self.state is None else self.state
        begin = state._replace(optimizer=[], metrics=self._copied(self._reset_metrics or []))
        tested, logs = evaluate_feed(self.session, feed, begin, self._test_by_batch, quiet=True)
        state = state._replace(non_trainable=tested.non_trainable, metrics=tested.metrics)
        self.collector.validated(logs.get("loss"), state)
        self.state = state
        if self._test_hooks:
            self.publish()
        self.callbacks.on_test_end(logs)
        return logs

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Let callbacks see and change the model between epochs."""
        if not self._lends:
            self.publish()
        with nullcontext() if self.state is None else self._published():
            yield

    def publish(self) -> None:
        """Leave the state in Keras' variables, where anyone may look at it and change it.

        Where the engine failed and has consumed it, an earlier one is left.
        """
        if self.state is not None:
            with uninterrupted():  # what some variables held before has been consumed
                self._reclaim()  # where a signal came before a callback had begun
                write_state(self.model, self._recovery.recover(self.state))
                self.state = None

    def _in_chunks(self, block: Block, done: int, first: int) -> Logs:
        """Run long chunks; Python looks up about every 0.25 s, for progress and Ctrl-C."""
        watches = nan_watches(self.callbacks)
        rates = self.rates.allocate(block.order.shape[0])
        self.rates.write(rates, first, block.steps, state=self.state, step=self.step)
        start, logs = first, {}
        while start < block.steps and not self.model.stop_training:
            stop = min(start + self._pace.steps, block.steps)
            before = self.engine.copy_state(self.state) if watches else None
            self._pace.begin()
            record = self._run(block, rates, start, stop)
            self._pace.end(stop - start)
            if before is not None and not np.all(np.isfinite(record.losses)):
                # Go back, and stop right after the step whose loss is not finite.
                stop = start + 1 + int(np.argmin(np.isfinite(record.losses)))
                self.state = before
                record = self._run(block, rates, start, stop)
                self._tell(watches, done + stop - 1, record)
            self._note(record, rates.span(start, stop), block)
            start, logs = stop, record.logs
        return logs

    def _batch_by_batch(self, block: Block, done: int, first: int) -> Logs:
        """Python at every batch, because a callback asks for it."""
        rates = self.rates.allocate(block.order.shape[0])
        start, logs = first, {}
        while start < block.steps and not self.model.stop_training:
            stop = min(start + self._executions.remaining, block.steps)
            self._executions.before()
            self.rates.write(rates, start, stop, state=self.state, step=self.step)
            record = self._run(block, rates, start, stop)
            self._executions.after(stop - start, record.logs)
            self._note(record, rates.span(start, stop), block)
            start, logs = stop, record.logs
        return logs

    def _begin_execution(self, first: int) -> None:
        with self._published():
            self.callbacks.on_train_batch_begin(first)

    def _end_execution(self, last: int, logs: Logs) -> None:
        with self._published():
            self.callbacks.on_train_batch_end(last, logs)

    def _run(self, block: Block, rates: StepRates, start: int, stop: int) -> Record:
        with uninterrupted():  # the old state is gone before the new one has a name
            self.state, record = self.engine.run_steps(
                self.session.program, self.state, block, rates, start, stop
            )
        return record

    @contextmanager
    def _published(self) -> Iterator[None]:
        """Let callbacks that ask for the model see and change it."""
        publish_state(self.model, self.state)
        try:
            yield
        finally:
            with uninterrupted():
                self._reclaim()

    def _reclaim(self) -> None:
        self.state = reclaim_state(self.model, self.state)

    def _tell(self, watches: Any, step: int, record: Record) -> None:
        with self._published():
            for watch in watches:
                watch.on_train_batch_end(step, python_logs(record.logs))

    def _note(self, record: Record, rates: StepRates, block: Block) -> None:
        raise_if_interrupted()
        steps = len(record.losses)
        self.step += steps
        self.run.record_steps(record, rates)
        self.tracking.note(record)
        detail: dict[str, float] = {}
        if self.display.live:
            detail = python_logs(record.logs) | {"rate": float(rates.learning_rate[-1])}
        self.display.advance(steps, steps * block.order.shape[1], detail)


class RecoveryCopy:
    """A copy of the state as it was when an epoch began: this one, or one shortly before it."""

    def __init__(self) -> None:
        self._copy: State | None = None
        self._due = 0.0

    def renew(self, engine: Engine[Any, Any], state: State) -> None:
        """To be called when an epoch begins."""
        began = perf_counter()
        if began < self._due:
            return
        self._copy = engine.spare_state(state)
        ended = perf_counter()
        self._due = ended + (ended - began) / COPYING

    def recover(self, state: State) -> State:
        """`state`, or the copy where an engine that failed has consumed it."""
        if self._copy is not None and any(map(_is_gone, jax.tree.leaves(state))):
            return self._copy
        return state


def _is_gone(array: Any) -> bool:
    return isinstance(array, jax.Array) and array.is_deleted()
