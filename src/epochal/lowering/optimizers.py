"""A Keras optimiser as the rule that the `native` engine applies."""

from typing import Any

import keras

from epochal.compat._keras import (
    SLOTS,
    accumulated_gradients,
    is_decayed,
    iterations_variable,
    moving_averages,
    nadam_momentum_product,
    variable_index,
)
from epochal.engine.graph import OptimizerSpec, StateIndex
from epochal.lowering.unsupported import Unsupported
from epochal.optimizers import DiscriminativeRates

_optimizers = keras.optimizers


def lower_optimizer(optimizer: Any, places: dict[int, StateIndex]) -> OptimizerSpec:
    """The rule of `optimizer`; raises `Refusal` where it has something that the engine has not."""
    _check(optimizer)
    numbers: dict[str, Any] = {}
    flags: dict[str, Any] = {}
    method = type(optimizer).__name__.lower()
    if method == "sgd":
        numbers = {"momentum": optimizer.momentum}
        if optimizer.momentum:
            method = "nesterov" if optimizer.nesterov else "momentum"
    elif method == "rmsprop":
        numbers = {"momentum": optimizer.momentum, "beta1": optimizer.rho}
        flags = {"centered": optimizer.centered}
    elif method != "adagrad":
        numbers = {"beta1": optimizer.beta_1, "beta2": optimizer.beta_2}
        flags = {"amsgrad": getattr(optimizer, "amsgrad", False)}
    product = nadam_momentum_product(optimizer)
    norm, both = optimizer.clipnorm or 0.0, optimizer.global_clipnorm or 0.0
    return OptimizerSpec(
        method="adam" if method == "adamw" else method,
        iterations=places[id(iterations_variable(optimizer))][1],
        u_product=-1 if product is None else places[id(product)][1],
        epsilon=float(getattr(optimizer, "epsilon", 1e-7)),
        decay=float(optimizer.weight_decay or 0.0),
        # One of them applies, in this order.
        clip_norm=float(norm),
        clip_global_norm=0.0 if norm else float(both),
        clip_value=0.0 if norm or both else float(optimizer.clipvalue or 0.0),
        accumulation=int(optimizer.gradient_accumulation_steps or 1),
        average_momentum=float(optimizer.ema_momentum) if optimizer.use_ema else 0.0,
        overwriting=int((optimizer.use_ema and optimizer.ema_overwrite_frequency) or 0),
        **numbers,
        **flags,
    )


def slots_of(optimizer: Any, variable: Any, places: dict[int, StateIndex]) -> tuple[int, ...]:
    """Where the optimiser's variables for one weight stand; -1 for one that it does not keep."""
    _check(optimizer)
    lists = [getattr(optimizer, name, None) for name in SLOTS[type(optimizer)]]
    index = variable_index(optimizer, variable)
    kept = [places[id(each[index])][1] if each else -1 for each in lists]
    if type(optimizer) in (_optimizers.Adam, _optimizers.AdamW) and not optimizer.amsgrad:
        kept = kept[:2]
    if type(optimizer) is _optimizers.SGD and not optimizer.momentum:
        kept = []
    return tuple(kept)


def ema_and_accumulator_slots(
    optimizer: Any, variable: Any, places: dict[int, StateIndex]
) -> tuple[int, int]:
    """Where the moving average of one weight stands, and the sum of its gradients; -1 is none."""
    index = variable_index(optimizer, variable)
    lists = moving_averages(optimizer), accumulated_gradients(optimizer)
    average, total = (places[id(each[index])][1] if each else -1 for each in lists)
    return average, total


def decays(optimizer: Any, variable: Any) -> bool:
    """Whether the optimiser's weight decay applies to `variable`."""
    return bool(optimizer.weight_decay) and is_decayed(optimizer, variable)


def without_rate_factors(optimizer: Any) -> Any:
    """The optimiser inside one that only gives each variable its own part of the rate."""
    wrapped = isinstance(optimizer, DiscriminativeRates)
    return optimizer.inner_optimizer if wrapped else optimizer


def rate_factor(optimizer: Any, variable: Any) -> float:
    """The part of the learning rate at which `optimizer` trains `variable`."""
    return optimizer.factor(variable) if isinstance(optimizer, DiscriminativeRates) else 1.0


def _check(optimizer: Any) -> None:
    name = type(optimizer).__name__
    if type(optimizer) not in SLOTS:
        raise Unsupported(f"its optimizer is {name}")
    if optimizer.loss_scale_factor:
        raise Unsupported("its optimizer scales the loss")
    if getattr(optimizer, "epsilon", 1.0) <= 0:
        raise Unsupported("its optimizer has an epsilon of 0")
    if any(variable.dtype not in ("float32", "int32", "int64") for variable in optimizer.variables):
        raise Unsupported("its optimizer does not compute in float32")
