"""Keras' attention of several heads as operations of a graph: products, a softmax, and sums."""

import math
from typing import Any

import keras

from epochal.compat._keras import flatten_layers
from epochal.engine.graph import Operation
from epochal.lowering.builder import GraphBuilder, Value, kind_of, new_parameter
from epochal.lowering.convolutions import pointwise_window
from epochal.lowering.layers import check_layer, lower_dropout
from epochal.lowering.unsupported import Unsupported

_SEQUENCES = ("query", "value", "key")
_CALL = {*_SEQUENCES, "use_causal_mask", "training"}
# What changes the products, and what it is by default.
_OPTIONS = {"use_gate": False, "sliding_window": None, "activity_regularizer": None}


def add_attention(
    builder: GraphBuilder, layer: Any, arguments: Any, values: dict[int, Value]
) -> None:
    """Apply MultiHeadAttention as it was called with `arguments`; `values` are those of tensors."""
    check_layer(layer)
    if builder.purpose == "sample":
        raise Unsupported("a graph with branches, which is not sampled")
    called = dict(zip(_SEQUENCES, arguments.args, strict=False)) | arguments.kwargs
    others = sorted({name for name in called if called[name] is not None} - _CALL)
    if others or len(arguments.args) > len(_SEQUENCES):
        raise Unsupported(f"{kind_of(layer)} called with {', '.join(others) or 'a mask'}")
    _check_options(layer)
    query, value = (values[id(called[name])] for name in ("query", "value"))
    key = value if called.get("key") is None else values[id(called["key"])]
    if any(len(each.shape) != 2 for each in (query, value, key)):
        raise Unsupported(f"{kind_of(layer)} over more than sequences of vectors")
    heads, steps = layer.num_heads, query.shape[0]
    keys = _project(builder, layer.key_dense, key, axes=2)
    summed = _project(builder, layer.value_dense, value, axes=2)
    builder.current = _project(builder, layer.query_dense, query, axes=2)
    weights = Operation(
        kind="attention_weights",
        heads=heads,
        steps=steps,
        number=1.0 / math.sqrt(layer.key_dim),
        causal=bool(called.get("use_causal_mask")),
    )
    builder.append(weights, keys)
    builder.shape = (heads, steps, key.shape[0])
    for each in flatten_layers(layer):
        if isinstance(each, keras.layers.Dropout):
            lower_dropout(builder, each)
    builder.append(Operation(kind="attention_values", heads=heads, steps=steps), summed)
    builder.shape = (steps, *summed.shape[1:])
    builder.current = _project(builder, layer.output_dense, builder.current, axes=1)


def _check_options(layer: Any) -> None:
    config = layer.get_config()
    for name, usual in _OPTIONS.items():
        if config.get(name, usual) != usual:
            raise Unsupported(f"{kind_of(layer)} with {name}={config[name]!r}")
    if tuple(layer.attention_axes) != (1,) or len(layer.output_dense.kernel.shape) != 3:
        raise Unsupported(f"{kind_of(layer)} over more than the steps of a sequence")


def _project(builder: GraphBuilder, dense: Any, value: Value, *, axes: int) -> Value:
    """The product of each step with a kernel whose last `axes` are its columns."""
    if getattr(dense, "lora_enabled", False):
        raise Unsupported("MultiHeadAttention with LoRA weights")
    kernel = new_parameter(builder, dense, dense.kernel, "kernel", trailing=axes)
    bias = -1
    if dense.bias is not None:
        bias = new_parameter(builder, dense, dense.bias, "bias", trailing=axes)
    columns = math.prod(dense.kernel.shape[-axes:])
    window = pointwise_window(value.shape, columns)
    builder.current = value
    builder.append(Operation(kind="convolution", parameters=(kernel, bias, -1, -1), window=window))
    builder.shape = (*value.shape[:-1], columns)
    return builder.current
