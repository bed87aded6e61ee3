"""A Keras optimiser as the `OptimizerSpec` of the `native` engine."""

from typing import Any

import keras

from epochal.bridge.weight_masks import Masked
from epochal.compat._keras import (
    SLOTS,
    accumulated_gradients,
    is_decayed,
    iterations_variable,
    learning_rate_attribute,
    moving_averages,
    nadam_momentum_product,
    trained_variables,
    variable_index,
)
from epochal.engine.graph import OptimizerSpec, StateIndex
from epochal.lowering.unsupported import Unsupported
from epochal.optimizers import DiscriminativeRates

_optimizers = keras.optimizers
_BETAS = {"beta1": "beta_1", "beta2": "beta_2"}
# What the engine calls each optimiser, and the fields of the spec that are attributes of it.
_METHODS: dict[type, tuple[str, dict[str, str]]] = {
    _optimizers.SGD: ("sgd", {"momentum": "momentum"}),
    _optimizers.Adam: ("adam", _BETAS | {"amsgrad": "amsgrad"}),
    _optimizers.AdamW: ("adam", _BETAS | {"amsgrad": "amsgrad"}),
    _optimizers.Nadam: ("nadam", _BETAS),
    _optimizers.Adamax: ("adamax", _BETAS),
    _optimizers.RMSprop: (
        "rmsprop",
        {"momentum": "momentum", "beta1": "rho", "centered": "centered"},
    ),
    _optimizers.Adagrad: ("adagrad", {}),
}


def lower_optimizer(optimizer: Any, state_indices: dict[int, StateIndex]) -> OptimizerSpec:
    """The spec of `optimizer`; raises `Unsupported` for what the engine does not compute."""
    check_optimizer(optimizer)
    _check_variables(optimizer)
    method, attributes = _METHODS[type(optimizer)]
    if method == "sgd" and optimizer.momentum:
        method = "nesterov" if optimizer.nesterov else "momentum"
    product = nadam_momentum_product(optimizer)
    return OptimizerSpec(
        method=method,
        iterations=state_indices[id(iterations_variable(optimizer))][1],
        u_product=-1 if product is None else state_indices[id(product)][1],
        epsilon=float(getattr(optimizer, "epsilon", 1e-7)),
        decay=float(optimizer.weight_decay or 0.0),
        accumulation=int(optimizer.gradient_accumulation_steps or 1),
        **{field: getattr(optimizer, name) for field, name in attributes.items()},
        **_clipping(optimizer),
        **_averaging(optimizer),
    )


def _clipping(optimizer: Any) -> dict[str, Any]:
    """The one way of clipping that applies: Keras looks at them in this order."""
    for field, bound in (
        ("clip_norm", optimizer.clipnorm),
        ("clip_global_norm", optimizer.global_clipnorm),
        ("clip_value", optimizer.clipvalue),
    ):
        if bound:
            return {field: float(bound)}
    return {}


def _averaging(optimizer: Any) -> dict[str, Any]:
    """The moving averages of the weights, where the optimiser keeps them."""
    if not optimizer.use_ema:
        return {}
    return {
        "average_momentum": float(optimizer.ema_momentum),
        "overwriting": int(optimizer.ema_overwrite_frequency or 0),
    }


def slots_of(
    optimizer: Any, variable: Any, state_indices: dict[int, StateIndex]
) -> tuple[int, ...]:
    """Where the optimiser's variables for one weight stand; -1 for one that it does not keep."""
    lists = [getattr(optimizer, name, None) for name in SLOTS[type(optimizer)]]
    index = variable_index(optimizer, variable)
    kept = [state_indices[id(each[index])][1] if each else -1 for each in lists]
    if type(optimizer) in (_optimizers.Adam, _optimizers.AdamW) and not optimizer.amsgrad:
        kept = kept[:2]
    if type(optimizer) is _optimizers.SGD and not optimizer.momentum:
        kept = []
    return tuple(kept)


def ema_and_accumulator_slots(
    optimizer: Any, variable: Any, state_indices: dict[int, StateIndex]
) -> tuple[int, int]:
    """Where the moving average of one weight and the sum of its gradients stand; -1: nowhere."""
    index = variable_index(optimizer, variable)
    lists = moving_averages(optimizer), accumulated_gradients(optimizer)
    average, total = (state_indices[id(each[index])][1] if each else -1 for each in lists)
    return average, total


def decays(optimizer: Any, variable: Any) -> bool:
    """Whether the optimiser's weight decay applies to `variable`."""
    return bool(optimizer.weight_decay) and is_decayed(optimizer, variable)


def without_rate_factors(optimizer: Any) -> Any:
    """The optimiser inside a `DiscriminativeRates`, which only scales its learning rate."""
    wrapped = isinstance(optimizer, DiscriminativeRates)
    return optimizer.inner_optimizer if wrapped else optimizer


def rate_factor(optimizer: Any, variable: Any) -> float:
    """What `optimizer` multiplies the learning rate of `variable` by."""
    return optimizer.factor(variable) if isinstance(optimizer, DiscriminativeRates) else 1.0


def check_optimizer(optimizer: Any) -> None:
    """Raise `Unsupported` for an optimiser that the engine does not have."""
    name = type(optimizer).__name__
    if type(optimizer) not in SLOTS:
        raise Unsupported(f"optimizer {name}")
    if optimizer.loss_scale_factor:
        raise Unsupported(f"{name} with a loss_scale_factor")
    if getattr(optimizer, "epsilon", 1.0) <= 0:
        raise Unsupported(f"{name} with an epsilon of 0")
    if any(variable.dtype not in ("float32", "int32", "int64") for variable in optimizer.variables):
        raise Unsupported(f"{name} that does not compute in float32")


def _check_variables(optimizer: Any) -> None:
    """Raise `Unsupported` where the optimiser keeps a variable that the engine would not update.

    A list that another Keras calls by another name looks as if it were not kept.
    """
    lists = [getattr(optimizer, name, None) or [] for name in SLOTS[type(optimizer)]]
    constraints = [variable.constraint for variable in trained_variables(optimizer)]
    known = {
        id(variable)
        for variable in (
            iterations_variable(optimizer),
            learning_rate_attribute(optimizer),
            nadam_momentum_product(optimizer),
            *(variable for each in lists for variable in each),
            *moving_averages(optimizer),
            *accumulated_gradients(optimizer),
            *(constraint.mask for constraint in constraints if isinstance(constraint, Masked)),
        )
    }
    for variable in optimizer.variables:
        if id(variable) not in known:
            raise Unsupported(f"{type(optimizer).__name__} with a variable {variable.path!r}")
