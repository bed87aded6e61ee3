"""Keras' Embedding as an operation of a graph."""

from typing import Any

import numpy as np

from epochal.engine.graph import Operation
from epochal.lowering.builder import GraphBuilder, kind_of, new_parameter
from epochal.lowering.unsupported import Unsupported

_MOST_ROWS = 2**24  # the engine reads indices as float32


def add_embedding(builder: GraphBuilder, layer: Any) -> None:
    """A vector for each index."""
    _check_plain(layer)
    if builder.current.source >= 0:
        raise Unsupported(f"{kind_of(layer)} of what other layers compute")
    if layer.input_dim > _MOST_ROWS:
        raise Unsupported(f"{kind_of(layer)} of more than {_MOST_ROWS:,} indices")
    table = new_parameter(builder, layer, layer.embeddings, "embeddings")
    builder.append(Operation(kind="embedding", parameters=(table, -1, -1, -1)))
    builder.shape = (*builder.shape, layer.output_dim)


def _check_plain(layer: Any) -> None:
    if layer.lora_enabled:
        raise Unsupported(f"{kind_of(layer)} with LoRA weights")


def add_positions(builder: GraphBuilder, layer: Any, indices: Any, vectors: Any) -> None:
    """Add the vector of its place to each step of a sequence: a number of its own to each value."""
    _check_plain(layer)
    places = np.arange(layer.input_dim)
    if not np.array_equal(indices, places) or tuple(vectors.shape) != builder.shape:
        raise Unsupported(f"{kind_of(layer)} of other constants than its indices in order")
    table = new_parameter(builder, layer, layer.embeddings, "embeddings", trailing=2)
    builder.append(Operation(kind="bias", parameters=(table, -1, -1, -1)))
