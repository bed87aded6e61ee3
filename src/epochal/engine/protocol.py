"""What an engine works on: values in, values out. Nothing here knows Keras, files or a terminal."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

Tree = Any  # a nested structure of arrays
Logs = dict[str, Any]  # metric name -> scalar


class State(NamedTuple):
    """Everything that changes while a model trains, as one value.

    Random state (the dropout seeds) is among ``non_trainable``, the step among ``optimizer``.
    """

    trainable: list[Any]
    non_trainable: list[Any]
    optimizer: list[Any]
    metrics: list[Any]


class StepRates(NamedTuple):
    """What each step is told: its learning rate and, where that is cycled, its momentum.

    Both are (steps,) float32; without a momentum the optimiser's own stays in force.
    """

    learning_rate: Any
    momentum: Any = None

    def span(self, start: int, stop: int) -> "StepRates":
        """The steps ``start`` to ``stop``."""
        momentum = None if self.momentum is None else self.momentum[start:stop]
        return StepRates(self.learning_rate[start:stop], momentum)


class Record(NamedTuple):
    """What a stretch of training or evaluation leaves behind."""

    losses: np.ndarray  # (steps,) float32: the loss of each step of the stretch
    logs: Logs  # the metrics over the epoch so far
    # What was asked to be tracked beside the loss, (steps,) float32 by name: "gradient_norm".
    tracked: Mapping[str, np.ndarray] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Steps:
    """A model as pure functions of its state: the description that the ``xla`` engine compiles.

    ``key`` is equal for two models whose functions compute the same, whatever their weights,
    seeds and learning rate: it is what makes a compiled program reusable. What ``train`` measures
    of a step is scalars by name: "loss", and whatever else is to be tracked.
    """

    key: Hashable
    cycles_momentum: bool = False  # whether each step is told its momentum beside its rate
    # The rates are those of the step, scalars -> state, measured, logs
    train: Callable[[State, Tree, StepRates], tuple[State, Logs, Logs]]
    test: Callable[[State, Tree], tuple[State, Logs]]
    predict: Callable[[State, Tree], tuple[Tree, State]]
    result: Callable[[State, Logs], Logs]  # (state, carried logs) -> metrics


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What runs epochs: functions over values, and what it is called.

    ``prepare(description, works, share)`` gives the program that the others take, one of `share`
    (1 if left out) that are going to run at once; ``copy_state`` a state that survives a run of the
    one that it was made of; ``spare_state`` what is left of one where ``run_steps`` fails in the
    middle and has consumed it, or None where that cannot be; ``place(data)`` the same data where
    the engine reads them, without a copy where they lie there; ``predictor(program, state)`` a
    function of rows that has read the state once and for all; ``seconds_compiling()`` what was
    spent on compilation so far, in this process.
    """

    name: str
    prepare: Callable[..., Any]
    run_steps: Callable[..., tuple[State, Record]]
    evaluate: Callable[..., tuple[State, Logs]]
    predict: Callable[..., tuple[Tree, State]]
    predictor: Callable[[Any, State], Callable[[Tree], Tree]]
    copy_state: Callable[[State], State]
    spare_state: Callable[[State], State | None]
    place: Callable[[Tree], Tree]
    seconds_compiling: Callable[[], float]


class Work(NamedTuple):
    """One thing that a program will be asked to do: what for, and on data of which shapes."""

    kind: str  # "train", "test" or "predict"
    state: State
    block: "Block"


@dataclass(frozen=True, kw_only=True)
class Block:
    """Data that lies on the device, and the batches to take from it.

    ``data`` is a tree of arrays of equal length; ``order`` (capacity, batch size) int32 holds the
    rows of each batch, of which the first ``steps`` are to be run.
    """

    data: Tree
    order: Any
    steps: int
