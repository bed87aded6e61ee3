"""What an engine works on: values in, values out. Nothing here knows Keras, files or a terminal."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeVar

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


class LazyArray(ABC):
    """An array of a state that lies with its engine until someone looks at it."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def nbytes(self) -> int:
        """The bytes of its numbers."""
        return prod(self.shape) * self.dtype.itemsize

    @abstractmethod
    def read(self) -> np.ndarray:
        """Its numbers, which nobody may change."""

    @abstractmethod
    def known_as(self, array: Any) -> None:
        """`array` has the same numbers for good: the engine need not read them when given it."""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """For NumPy, and so for JAX and Keras."""
        return np.array(self.read(), dtype, copy=copy)


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


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """A model with its dropout on, ready to be sampled with the weights that it had.

    ``sample(seed, x, first)`` gives the outputs, (samples, rows, ...), of a block of rows, of which
    the first is number ``first`` of all rows. ``draws`` is how often the model draws in a sample,
    ``outputs`` how many outputs it has.
    """

    sample: Callable[[int, Tree, int], np.ndarray]
    draws: int
    outputs: int = 1


Description = TypeVar("Description", contravariant=True)
Program = TypeVar("Program")


class Engine(Protocol[Description, Program]):
    """What runs epochs: functions over values. An engine is a module of such functions.

    Its description of a model is what it is given to prepare (`Steps`, or a `Graph`); its program
    is what it makes of that, and what the other functions take.
    """

    name: str
    any_length: bool  # whether blocks may be of any length without being compiled for it

    def prepare(
        self, description: Description, works: Sequence[Work] = (), share: int = 1, /
    ) -> Program:
        """The program of a model, with what the `works` need compiled.

        It is one of `share` programs that are going to run at once.
        """

    def run_steps(
        self,
        program: Program,
        state: State,
        block: Block,
        rates: StepRates,
        start: int,
        stop: int,
        /,
    ) -> tuple[State, Record]:
        """Train on the batches `start` to `stop` of `block` at `rates`, which has one a batch.

        The arrays of `state` may be consumed: the returned state takes their place.
        """

    def evaluate(
        self, program: Program, state: State, block: Block, start: int, stop: int, /
    ) -> tuple[State, Logs]:
        """Test on those batches: the state with its metrics, and what they have come to."""

    def predict(
        self, program: Program, state: State, block: Block, start: int, stop: int, /
    ) -> tuple[Tree, State]:
        """The outputs (capacity, batch size, ...) of those batches, zeros elsewhere; the state."""

    def predictor(self, program: Program, state: State, /) -> Callable[[Tree], Tree]:
        """A function of rows (rows, ...) to their outputs that has read `state` once for all."""

    def sampler(self, description: Any, state: State, rows: Tree, samples: int, /) -> Sampler:
        """What draws `samples` outputs for blocks of the shapes of `rows`."""

    def copy_state(self, state: State, /) -> State:
        """A state that survives a run of the one that it was made of."""

    def spare_state(self, state: State, /) -> State | None:
        """What is left of `state` where `run_steps` fails in the middle and has consumed it.

        None where that cannot be.
        """

    def place(self, data: Tree, /) -> Tree:
        """The same data where the engine reads it, without a copy where it lies there."""

    def seconds_compiling(self) -> float:
        """Seconds spent on compilation so far, in this process."""
