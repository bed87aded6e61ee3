"""A graph under construction, and the parameters that a Keras layer adds to it."""

import math
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import keras

from epochal.bridge.patches import Embedded
from epochal.bridge.weight_masks import Masked
from epochal.engine.graph import Operation, Parameter, StateIndex
from epochal.lowering.optimizers import (
    check_optimizer,
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
    """What an operation gives for each row: the number of the operation, see `Operation.inputs`."""

    source: int
    shape: tuple[int, ...]


_NOTHING = Value(-1, ())


@dataclass
class GraphBuilder:
    """The graph of a model, as far as it has been lowered.

    `state_indices` says where in the state each variable stands, by its id; `current` is what the
    next operation is applied to, and `mask` is 0 at those of its steps that a layer is to pass by.
    """

    model: keras.Model
    purpose: str
    state_indices: dict[int, StateIndex]
    current: Value = _NOTHING
    mask: Value | None = None
    operations: list[Operation] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)
    embedded: Embedded = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a row of the current value."""
        return self.current.shape

    @shape.setter
    def shape(self, shape: tuple[int, ...]) -> None:
        self.current = Value(self.current.source, shape)

    @property
    def width(self) -> int:
        """The number of values in a row of the current value."""
        return math.prod(self.shape)

    def append(self, operation: Operation, *others: Value) -> None:
        """Apply `operation` to the current value, and to `others` beside it."""
        before = len(self.operations) - 1
        sources = (self.current.source, *(other.source for other in others))
        inputs = () if sources == (before,) else sources
        self.operations.append(replace(operation, inputs=inputs))
        self.current = Value(before + 1, self.shape)


def kind_of(layer: Any) -> str:
    """What messages call a layer."""
    return type(layer).__name__


def part_of(builder: GraphBuilder) -> int:
    """What `Operation.part` is where the last axis alone is treated."""
    return builder.shape[-1] if len(builder.shape) > 1 else 0


def new_parameter(
    builder: GraphBuilder, layer: Any, variable: Any, name: str, *, trailing: int = 1
) -> int:
    """The number of a new parameter for one of the layer's variables.

    Its columns are the variable's `trailing` dimensions, its rows all before them.
    """
    index = builder.state_indices[id(variable)]
    if any(parameter.state_index == index for parameter in builder.parameters):
        raise Unsupported(f"{kind_of(layer)} used twice")
    if variable.dtype != "float32":
        raise Unsupported(f"{kind_of(layer)} with weights in {variable.dtype}")
    leading = max(0, len(variable.shape) - trailing)
    rows, columns = math.prod(variable.shape[:leading]), math.prod(variable.shape[leading:])
    parameter = Parameter(state_index=index, rows=rows, columns=columns, trainable=False)
    if index[0] == "trainable":
        l1, l2 = penalty_of(getattr(layer, f"{name}_regularizer", None))
        parameter = replace(parameter, l1=l1, l2=l2)
        if builder.purpose == "train":
            parameter = _trained(builder, parameter, variable, leading)
    builder.parameters.append(parameter)
    return len(builder.parameters) - 1


def _trained(builder: GraphBuilder, parameter: Parameter, variable: Any, leading: int) -> Parameter:
    """`parameter` with what the optimiser does to it."""
    state_indices, whole = builder.state_indices, builder.model.optimizer
    optimizer = without_rate_factors(whole)
    check_optimizer(optimizer)
    constraint, mask = variable.constraint, -1
    if isinstance(constraint, Masked):
        constraint, mask = constraint.inner, state_indices[id(constraint.mask)][1]
    kind, limit = _constraint(constraint, variable.shape, leading)
    average, total = ema_and_accumulator_slots(optimizer, variable, state_indices)
    return replace(
        parameter,
        trainable=True,
        slots=slots_of(optimizer, variable, state_indices),
        decayed=decays(optimizer, variable),
        constraint=kind,
        limit=limit,
        mask=mask,
        average=average,
        sum=total,
        rate=rate_factor(whole, variable),
    )


def penalty_of(regularizer: Any) -> tuple[float, float]:
    """The factors of a regulariser, l1 and l2."""
    if regularizer is None:
        return 0.0, 0.0
    known = (keras.regularizers.L1, keras.regularizers.L2, keras.regularizers.L1L2)
    if type(regularizer) not in known:
        raise Unsupported(f"regularizer {type(regularizer).__name__}")
    return float(getattr(regularizer, "l1", 0.0)), float(getattr(regularizer, "l2", 0.0))


def _constraint(constraint: Any, shape: Any, leading: int) -> tuple[str, float]:
    """What the engine calls a constraint, and its limit: of columns, along the `leading` axes."""
    if constraint is None:
        return "none", 0.0
    if type(constraint) is keras.constraints.NonNeg:
        return "non_negative", 0.0
    kind, name = _NORM_CONSTRAINTS.get(type(constraint)), type(constraint).__name__
    axes = getattr(constraint, "axis", None)
    axes = axes if isinstance(axes, list | tuple) else [axes]
    along = [axis % len(shape) for axis in axes if isinstance(axis, int)]
    if kind is None or not leading or sorted(along) != list(range(leading)):
        raise Unsupported(f"constraint {name} other than on the columns of a matrix")
    if keras.config.epsilon() != 1e-7:
        raise Unsupported(f"constraint {name} where keras.config.epsilon() is not 1e-7")
    return kind, float(getattr(constraint, "max_value", 0.0))
