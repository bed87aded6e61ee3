"""One epoch: blocks of batches through the engine, in stretches, or batch by batch."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from signal import SIGINT, getsignal, signal
from threading import current_thread, main_thread
from time import perf_counter
from typing import Any

import keras
import numpy as np
from keras.callbacks import CallbackList

from epochal.batches.feed import Feed
from epochal.bridge.state import (
    publish_state,
    python_logs,
    read_state,
    read_test_state,
    read_weights,
    reclaim_state,
    write_state,
)
from epochal.diagnosis.collector import ValidationCollector
from epochal.engine import Block, Engine, Logs, Record, State, StepRates
from epochal.training.backup import RecoveryCopy
from epochal.training.callbacks import BatchHookScheduler, nan_watches
from epochal.training.monitoring import Tracking
from epochal.training.pace import ChunkSizer
from epochal.training.progress import Display
from epochal.training.rates.steps import Rates
from epochal.training.run import Run


@dataclass
class Loop:
    """A fit under way. `state` holds the model's state while an epoch runs, and only then."""

    model: keras.Model
    engine: Engine[Any, Any]
    program: Any
    feed: Feed
    callbacks: CallbackList
    run: Run
    witness: ValidationCollector
    display: Display
    rates: Rates
    tracking: Tracking = field(default_factory=Tracking)
    step: int = 0  # steps of this fit so far, which the schedule counts
    pace: ChunkSizer = field(default_factory=ChunkSizer)
    backup: RecoveryCopy = field(default_factory=RecoveryCopy)
    state: Any = None
    executions: Any = None  # of the epoch, where Python is called at every batch

    def start_at(self, epoch: int) -> None:
        """Go on as if the epochs before `epoch` had been run."""
        self.step = self.feed.start_at(epoch)

    def epoch(self) -> dict[str, float]:
        """Train one epoch, and leave its state in the model, also when it is interrupted.

        Where the engine fails and has consumed the state, an earlier one is left.
        """
        began, compiled = perf_counter(), self.engine.seconds_compiling()
        self.state = read_state(self.model)
        self.backup.renew(self.engine, self.state)
        self.tracking.begin(self.state)
        logs: Logs = {}
        done = 0
        size = self.model.steps_per_execution
        self.executions = BatchHookScheduler(size, self._begin_execution, self._end_execution)
        run_block = self._batch_by_batch if self.run.batch_by_batch else self._in_stretches
        try:
            for block in self.feed.epoch(self.engine.place):
                steps, logs = run_block(block, done)
                done += steps
                if self.model.stop_training:
                    break
            self.executions.close()
        finally:
            write_state(self.model, self.backup.whole(self.state))
            self.state = None
        compiling = self.engine.seconds_compiling() - compiled
        self.run.timing.epochs.append(perf_counter() - began - compiling)
        found = python_logs(logs)
        # What the model itself reports under one of these names is its own affair.
        tracked = self.tracking.end(read_weights(self.model), found.get("loss", np.nan))
        return found | {name: tracked[name] for name in tracked if name not in found}

    def _in_stretches(self, block: Block, done: int) -> tuple[int, Logs]:
        """As few looks from Python as a person who watches needs."""
        watches = nan_watches(self.callbacks)
        rates = self.rates.allocate(block.order.shape[0])
        self.rates.write(rates, 0, block.steps, state=self.state, step=self.step)
        start, logs = 0, {}
        while start < block.steps and not self.model.stop_training:
            stop = min(start + self.pace.steps, block.steps)
            before = self.engine.copy_state(self.state) if watches else None
            self.pace.begin()
            record = self._run(block, rates, start, stop)
            self.pace.end(stop - start)
            if before is not None and not np.all(np.isfinite(record.losses)):
                # Go back, and stop right after the step whose loss is not finite.
                stop = start + 1 + int(np.argmin(np.isfinite(record.losses)))
                self.state = before
                record = self._run(block, rates, start, stop)
                self._tell(watches, done + stop - 1, record)
            self._note(record, rates.span(start, stop), block)
            start, logs = stop, record.logs
        return start, logs

    def _batch_by_batch(self, block: Block, done: int) -> tuple[int, Logs]:
        """Python at every batch, because a callback asks for it."""
        rates = self.rates.allocate(block.order.shape[0])
        start, logs = 0, {}
        while start < block.steps and not self.model.stop_training:
            stop = min(start + self.executions.room, block.steps)
            self.executions.before()
            self.rates.write(rates, start, stop, state=self.state, step=self.step)
            record = self._run(block, rates, start, stop)
            self.executions.after(stop - start, record.logs)
            self._note(record, rates.span(start, stop), block)
            start, logs = stop, record.logs
        return start, logs

    def _begin_execution(self, first: int) -> None:
        with self._published():
            self.callbacks.on_train_batch_begin(first)

    def _end_execution(self, last: int, logs: Logs) -> None:
        with self._published():
            self.callbacks.on_train_batch_end(last, logs)

    def _run(self, block: Block, rates: StepRates, start: int, stop: int) -> Record:
        with _uninterrupted():  # the old state is gone before the new one has a name
            self.state, record = self.engine.run_steps(
                self.program, self.state, block, rates, start, stop
            )
        return record

    @contextmanager
    def _published(self) -> Iterator[None]:
        """Let callbacks see and change the model in the middle of an epoch."""
        publish_state(self.model, self.state)
        try:
            yield
        finally:
            self.state = reclaim_state(self.model, self.state)

    def _tell(self, watches: Any, step: int, record: Record) -> None:
        with self._published():
            for watch in watches:
                watch.on_train_batch_end(step, python_logs(record.logs))

    def _note(self, record: Record, rates: StepRates, block: Block) -> None:
        steps = len(record.losses)
        self.step += steps
        self.run.record_steps(record, rates)
        self.tracking.note(record)
        detail: dict[str, float] = {}
        if self.display.live:
            detail = python_logs(record.logs) | {"rate": float(rates.learning_rate[-1])}
        self.display.advance(steps, steps * block.order.shape[1], detail)


def evaluation(
    model: keras.Model,
    engine: Engine[Any, Any],
    program: Any,
    feed: Feed,
    callbacks: CallbackList,
    batch_by_batch: bool,
    display: Display,
) -> dict[str, float]:
    """Test on every batch of `feed`, as Keras' `evaluate` does between its callbacks."""
    model.stop_evaluating = False
    callbacks.on_test_begin()
    model.reset_metrics()
    state: State = read_test_state(model)
    pace = ChunkSizer()
    logs: Logs = {}
    executions = BatchHookScheduler(
        model.steps_per_execution, callbacks.on_test_batch_begin, callbacks.on_test_batch_end
    )
    for block in feed.epoch(engine.place):
        start = 0
        while start < block.steps and not model.stop_evaluating:
            stop = min(start + (executions.room if batch_by_batch else pace.steps), block.steps)
            if batch_by_batch:
                executions.before()
            pace.begin()
            state, logs = engine.evaluate(program, state, block, start, stop)
            logs = python_logs(logs)
            pace.end(stop - start)
            if batch_by_batch:
                executions.after(stop - start, logs)
            display.advance(stop - start, (stop - start) * block.order.shape[1], logs)
            start = stop
    executions.close()
    write_state(model, state)
    callbacks.on_test_end(logs)
    return logs


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back until the end, where it is raised."""
    before = getsignal(SIGINT)
    if current_thread() is not main_thread() or before is None:
        yield
        return
    held: list[tuple] = []
    signal(SIGINT, lambda *arguments: held.append(arguments))
    try:
        yield
    finally:
        signal(SIGINT, before)
        if held and callable(before):
            before(*held[0])
