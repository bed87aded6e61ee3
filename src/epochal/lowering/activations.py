"""A Keras activation function as an operation of the `native` engine."""

import functools
from typing import Any

import keras

from epochal.engine.graph import Operation
from epochal.lowering.unsupported import Unsupported

_functions = keras.activations
# Elementwise functions -> what the engine calls them.
_WITHOUT_PARAMETER: dict[Any, str] = {
    _functions.relu6: "relu6",
    _functions.selu: "selu",
    _functions.tanh: "tanh",
    _functions.sigmoid: "sigmoid",
    _functions.exponential: "exponential",
    _functions.softplus: "softplus",
    _functions.silu: "silu",
    _functions.softsign: "softsign",
    _functions.hard_sigmoid: "hard_sigmoid",
    _functions.hard_silu: "hard_silu",
    _functions.hard_tanh: "hard_tanh",
    _functions.log_sigmoid: "log_sigmoid",
    _functions.mish: "mish",
    _functions.tanh_shrink: "tanh_shrink",
    _functions.sparse_plus: "sparse_plus",
    _functions.sparse_sigmoid: "sparse_sigmoid",
}
# Those with one parameter -> what the engine calls them, the parameter in Keras, its default.
_WITH_PARAMETER: dict[Any, tuple[str, str, float]] = {
    _functions.leaky_relu: ("leaky_relu", "negative_slope", 0.2),
    _functions.elu: ("elu", "alpha", 1.0),
    _functions.celu: ("celu", "alpha", 1.0),
    _functions.squareplus: ("squareplus", "b", 4.0),
    _functions.soft_shrink: ("soft_shrink", "threshold", 0.5),
    _functions.hard_shrink: ("hard_shrink", "threshold", 0.5),
}
_OTHERS = (_functions.relu, _functions.gelu, _functions.threshold)
ELEMENTWISE = (*_WITHOUT_PARAMETER, *_WITH_PARAMETER, *_OTHERS)
# Smallest parameters for which the derivative follows from the output, or is not NaN.
_LEAST = {"leaky_relu": 0.0, "elu": 0.0, "soft_shrink": 0.0, "hard_shrink": 0.0}


def lower_activation(function: Any) -> Operation:
    """The operation of an elementwise activation of Keras, or of a `functools.partial` of one."""
    given: dict[str, Any] = {}
    plain = function
    if isinstance(function, functools.partial) and not function.args:
        plain, given = function.func, dict(function.keywords)
    operation = _operation(plain, given)
    if operation is None or given:
        inner = getattr(function, "func", function)
        raise Unsupported(f"activation {getattr(inner, '__name__', inner)!r}")
    return operation


def _operation(function: Any, given: dict[str, Any]) -> Operation | None:
    """What `function` computes with the arguments in `given`, from which those used are removed."""
    if function in _WITHOUT_PARAMETER:
        return _activation(_WITHOUT_PARAMETER[function])
    if function in _WITH_PARAMETER:
        name, argument, default = _WITH_PARAMETER[function]
        return with_number(name, given.pop(argument, default))
    if function is _functions.gelu:
        return _activation("gelu_tanh" if given.pop("approximate", False) else "gelu")
    if function is _functions.threshold and "default_value" in given and "threshold" in given:
        numbers = float(given.pop("default_value")), float(given.pop("threshold"))
        return _activation("threshold", number=numbers[0], threshold=numbers[1])
    if function is _functions.relu:
        arguments = ("negative_slope", 0.0), ("max_value", None), ("threshold", 0.0)
        return bounded_relu(*(given.pop(name, default) for name, default in arguments))
    return None


def with_number(name: str, number: float) -> Operation:
    """An activation with one parameter; `Unsupported` outside the range that the engine knows."""
    number = float(number)
    if (name in ("celu", "squareplus") and number <= 0) or number < _LEAST.get(name, number):
        raise Unsupported(f"activation {name!r} with {number}")
    if name == "leaky_relu" and number == 0:
        return _activation("relu")
    return _activation(name, number=number)


def bounded_relu(slope: float, largest: float | None, threshold: float) -> Operation:
    """`keras.activations.relu` with its arguments, and the ReLU layer."""
    if slope < 0 or threshold < 0 or (largest is not None and largest < 0):
        raise Unsupported("ReLU with a negative slope, threshold or largest value")
    if threshold == 0 and largest is None:
        return with_number("leaky_relu", slope)
    if (slope, largest, threshold) == (0, 6, 0):
        return _activation("relu6")
    bound = float("inf") if largest is None else float(largest)
    return _activation(
        "bounded_relu", number=float(slope), largest=bound, threshold=float(threshold)
    )


def _activation(
    name: str, number: float = 0.0, largest: float = 0.0, threshold: float = 0.0
) -> Operation:
    return Operation(
        kind="activation", activation=name, number=number, largest=largest, threshold=threshold
    )
