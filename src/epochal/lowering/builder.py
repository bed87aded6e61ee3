"""A chain under construction, and the parameters that a Keras layer adds to it."""

import math
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import keras

from epochal.bridge.weight_masks import Masked
from epochal.engine.graph import Operation, Parameter, StateIndex
from epochal.lowering.optimizers import (
    decays,
    ema_and_accumulator_slots,
    rate_factor,
    slots_of,
    without_rate_factors,
)
from epochal.lowering.unsupported import Unsupported

_NORM_CONSTRAINTS = {
    keras.constraints.MaxNorm: "max_norm",
    keras.constraints.UnitNorm: "unit_norm",
}


class Value(NamedTuple):
    """What an operation gives for each row: see `Operation.inputs`."""

    source: int
    shape: tuple[int, ...]


_NOTHING = Value(-1, ())


@dataclass
class GraphBuilder:
    """What has been derived so far."""

    model: keras.Model
    purpose: str
    places: dict[int, StateIndex]
    value: Value = _NOTHING  # what the next operation is applied to
    operations: list[Operation] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @shape.setter
    def shape(self, shape: tuple[int, ...]) -> None:
        self.value = Value(self.value.source, shape)

    @property
    def width(self) -> int:
        return math.prod(self.shape)

    def append(self, operation: Operation, *others: Value) -> None:
        """What is done next to the present value, and to those beside it."""
        before = len(self.operations) - 1
        sources = (self.value.source, *(other.source for other in others))
        inputs = () if sources == (before,) else sources
        self.operations.append(replace(operation, inputs=inputs))
        self.value = Value(before + 1, self.shape)


def kind_of(layer: Any) -> str:
    return type(layer).__name__


def new_parameter(
    draft: GraphBuilder, layer: Any, variable: Any, name: str, *, flat: bool = False
) -> int:
    """The number of a new parameter for one of the layer's variables, a vector if it is `flat`."""
    place = draft.places[id(variable)]
    if any(parameter.place == place for parameter in draft.parameters):
        raise Unsupported(f"{kind_of(layer)} is used twice")
    if variable.dtype != "float32":
        raise Unsupported(f"{kind_of(layer)} has weights in {variable.dtype}")
    matrix = len(variable.shape) == 2 and not flat
    rows, columns = variable.shape if matrix else (1, math.prod(variable.shape))
    trainable = place[0] == "trainable"
    parameter = Parameter(place=place, rows=rows, columns=columns, trainable=False)
    if trainable:
        l1, l2 = penalty_of(getattr(layer, f"{name}_regularizer", None))
        parameter = replace(parameter, l1=l1, l2=l2)
    if trainable and draft.purpose == "train":
        optimizer = without_rate_factors(draft.model.optimizer)
        constraint, mask = variable.constraint, -1
        if isinstance(constraint, Masked):
            constraint, mask = constraint.inner, draft.places[id(constraint.mask)][1]
        kind, limit = _constraint(constraint, matrix=matrix)
        average, total = ema_and_accumulator_slots(optimizer, variable, draft.places)
        parameter = replace(
            parameter,
            trainable=True,
            slots=slots_of(optimizer, variable, draft.places),
            decayed=decays(optimizer, variable),
            constraint=kind,
            limit=limit,
            mask=mask,
            average=average,
            sum=total,
            rate=rate_factor(draft.model.optimizer, variable),
        )
    draft.parameters.append(parameter)
    return len(draft.parameters) - 1


def penalty_of(regularizer: Any) -> tuple[float, float]:
    """The parts of a regulariser, l1 and l2."""
    if regularizer is None:
        return 0.0, 0.0
    known = (keras.regularizers.L1, keras.regularizers.L2, keras.regularizers.L1L2)
    if type(regularizer) not in known:
        raise Unsupported(f"its penalty {type(regularizer).__name__} is not known")
    return float(getattr(regularizer, "l1", 0.0)), float(getattr(regularizer, "l2", 0.0))


def _constraint(constraint: Any, *, matrix: bool) -> tuple[str, float]:
    if constraint is None:
        return "none", 0.0
    if type(constraint) is keras.constraints.NonNeg:
        return "non_negative", 0.0
    kind = _NORM_CONSTRAINTS.get(type(constraint))
    if kind is None or not matrix or constraint.axis not in (0, [0]):
        raise Unsupported(
            f"its constraint {type(constraint).__name__} is not on a matrix's columns"
        )
    if keras.config.epsilon() != 1e-7:
        raise Unsupported(f"its constraint {type(constraint).__name__} needs Keras' usual epsilon")
    return kind, float(getattr(constraint, "max_value", 0.0))
