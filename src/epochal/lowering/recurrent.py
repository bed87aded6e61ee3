"""Keras' recurrent layers as operations of a graph."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras

from epochal.engine.graph import Operation
from epochal.lowering.activations import lower_activation
from epochal.lowering.builder import GraphBuilder, Value, kind_of, new_parameter
from epochal.lowering.unsupported import Unsupported

_functions = keras.activations
# Of a state whose gates are computed in one sweep.
_OF_GATED_STATES = {_functions.tanh: "tanh", _functions.relu: "relu"}
# Those whose derivative follows from their output.
_OF_SIMPLE_STATES = ("tanh", "relu", "relu6", "leaky_relu", "elu", "celu", "selu", "sigmoid")


def add_recurrent(builder: GraphBuilder, layer: Any, kind: str, *, flipped: bool = False) -> None:
    """Apply LSTM, GRU or SimpleRNN; ``flipped`` puts the outputs into the inputs' order."""
    if len(builder.shape) != 2:
        raise Unsupported(f"{kind_of(layer)} over more than sequences of vectors")
    for attribute in ("stateful", "return_state"):
        if getattr(layer, attribute):
            raise Unsupported(f"{kind_of(layer)} with {attribute}=True")
    if builder.purpose in ("train", "sample") and (layer.dropout or layer.recurrent_dropout):
        raise Unsupported(f"{kind_of(layer)} with dropout inside")
    if builder.purpose == "sample" and builder.mask is not None:
        raise Unsupported(f"{kind_of(layer)} with a mask, which is not sampled")
    cell = layer.cell
    function = _simple_state(layer) if kind == "simple_rnn" else _gated_state(layer)
    kernel = new_parameter(builder, layer, cell.kernel, "kernel")
    recurrent = new_parameter(builder, layer, cell.recurrent_kernel, "recurrent")
    bias = new_parameter(builder, layer, cell.bias, "bias") if layer.use_bias else -1
    steps, units = builder.shape[0], layer.units
    builder.append(
        Operation(
            kind=kind,
            parameters=(kernel, recurrent, bias, -1),
            activation=function.activation,
            number=function.number,
            steps=steps,
            sequences=layer.return_sequences,
            backwards=layer.go_backwards,
            flipped=flipped,
            zeros=bool(layer.zero_output_for_mask),
        ),
        *([] if builder.mask is None else [builder.mask]),
    )
    builder.shape = (steps, units) if layer.return_sequences else (units,)


def _gated_state(layer: Any) -> Operation:
    """The activation of an LSTM's or a GRU's state, the only thing that is chosen about it."""
    if layer.recurrent_activation is not _functions.sigmoid:
        raise Unsupported(f"{kind_of(layer)} with a recurrent_activation other than sigmoid")
    if layer.activation not in _OF_GATED_STATES:
        raise Unsupported(f"{kind_of(layer)} with an activation other than tanh and relu")
    if not getattr(layer, "reset_after", True):
        raise Unsupported(f"{kind_of(layer)} with reset_after=False")
    return Operation(kind="", activation=_OF_GATED_STATES[layer.activation])


def _simple_state(layer: Any) -> Operation:
    function = lower_activation(layer.activation)
    if function.activation not in _OF_SIMPLE_STATES:
        raise Unsupported(f"{kind_of(layer)} with the activation {function.activation!r}")
    return function


def add_bidirectional(builder: GraphBuilder, layer: Any) -> None:
    """Two recurrent layers, one from each end, and what becomes of their outputs together."""
    ways = layer.forward_layer, layer.backward_layer
    if builder.purpose == "sample":
        raise Unsupported("a graph with branches, which is not sampled")
    known = all(type(way) in RECURRENT for way in ways)
    if not known or layer.merge_mode not in ("concat", "sum", "mul", "ave"):
        raise Unsupported(f"Bidirectional of {kind_of(ways[0])} merged by {layer.merge_mode!r}")
    start = builder.current
    RECURRENT[type(ways[0])](builder, ways[0])
    there, builder.current = builder.current, start
    RECURRENT[type(ways[1])](builder, ways[1], flipped=ways[1].return_sequences)
    back, builder.current = builder.current, there
    _merge(builder, layer.merge_mode, back)


def _merge(builder: GraphBuilder, mode: str, other: Value) -> None:
    if mode == "concat":
        both = builder.shape[-1] + other.shape[-1]
        part = both if len(builder.shape) > 1 else 0
        builder.append(Operation(kind="concatenate", part=part), other)
        builder.shape = (*builder.shape[:-1], both)
        return
    builder.append(Operation(kind="multiply" if mode == "mul" else "add"), other)
    if mode == "ave":
        builder.append(Operation(kind="rescale", factor=(0.5,)))


RECURRENT: dict[type, Callable[..., None]] = {
    keras.layers.LSTM: partial(add_recurrent, kind="lstm"),
    keras.layers.GRU: partial(add_recurrent, kind="gru"),
    keras.layers.SimpleRNN: partial(add_recurrent, kind="simple_rnn"),
}
