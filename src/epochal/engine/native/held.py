"""What of a state lies in a network of C++, and is read out of it only when someone looks.

Batch by batch, to load a state and to read it out again would take longer than the batch.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import ref

import numpy as np

from epochal.engine.graph import Graph
from epochal.engine.native.arrays import aligned, numbers
from epochal.engine.protocol import LazyArray, State

ITSELF = -1  # the slot of a parameter that is not one of its optimiser's variables


class Place(NamedTuple):
    """Where an array lies: a slot of a parameter of the network, a position in a group of a state.

    Slot `ITSELF` is the parameter.
    """

    parameter: int
    slot: int
    group: str
    at: int


class Held:
    """Which arrays the network holds, by their places.

    One that it was given, or that was read out of it, is known by itself, as no one changes the
    arrays of a state.
    """

    def __init__(self, network: Any, chain: Graph) -> None:
        self._network = network
        self._arrays: dict[Place, ref[Any]] = {}
        self._weights: list[Place] = []
        self._all: list[Place] = []
        for index, parameter in enumerate(chain.parameters):
            self._weights.append(Place(index, ITSELF, *parameter.state_index))
            self._all.append(self._weights[-1])
            self._all += [Place(index, slot, "optimizer", at) for slot, at in parameter.kept]

    def load(self, state: State, *, with_slots: bool) -> None:
        """Put `state` into the network, the optimiser's variables only `with_slots`."""
        for place in self._all if with_slots else self._weights:
            array = getattr(state, place.group)[place.at]
            before = self.array_at(place)
            if before is array:
                continue
            if isinstance(before, HeldArray):
                before.read()
            self._network.load(place.parameter, place.slot, numbers(array))
            self._arrays[place] = ref(array)

    def state(self, before: State) -> State:
        """The network's numbers in the places of `before`, which they take the place of."""
        after = State(*(list(group) for group in before))
        for place in self._all:
            group = getattr(after, place.group)
            group[place.at] = array = HeldArray(self, place, group[place.at].shape)
            self._arrays[place] = ref(array)
        return after

    def array_at(self, place: Place) -> Any:
        """The array that the network holds there; None where no one has it any more."""
        held = self._arrays.get(place)
        return held and held()

    def read(self, place: Place, shape: tuple[int, ...]) -> np.ndarray:
        """The network's numbers there."""
        values = aligned(shape)
        self._network.store(place.parameter, place.slot, values)
        values.flags.writeable = False
        return values

    def rename(self, place: Place, array: Any) -> None:
        """The network holds `array` there, by the same numbers."""
        self._arrays[place] = ref(array)


class HeldArray(LazyArray):
    """An array of a state, float32, which is read out of the network when someone looks at it.

    When the network has trained on, it is gone, as arrays are that JAX was given to consume.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, held: Held, place: Place, shape: tuple[int, ...]) -> None:
        self._held, self._place, self.shape = held, place, shape
        self._values: np.ndarray | None = None

    def read(self) -> np.ndarray:
        if self._values is None:
            if self._held.array_at(self._place) is not self:
                raise RuntimeError("an array of a state was looked at after it had been consumed")
            self._values = self._held.read(self._place, self.shape)
        return self._values

    def known_as(self, array: Any) -> None:
        if self._held.array_at(self._place) is self:
            self._held.rename(self._place, array)


@dataclass(frozen=True)
class Program:
    """A chain, the network in which its steps run, and what of a state that network holds."""

    chain: Graph
    network: Any
    held: Held
