"""Which layer beside a normalisation can take it in, and why another cannot."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from epochal.bridge.graph import call_nodes
from epochal.compat._keras import Node
from epochal.compression.affine import LAYOUTS, Affine, weights_of
from epochal.layers import ALL_LAYERS

_layers = keras.layers
# What leaves its input as it is at prediction.
_TRANSPARENT = (*ALL_LAYERS, _layers.ActivityRegularization, _layers.Identity)
_POOLINGS = (
    _layers.GlobalAveragePooling1D,
    _layers.GlobalAveragePooling2D,
    _layers.GlobalAveragePooling3D,
)


class NotFoldable(Exception):
    """Why a layer is not folded: the end of a sentence that begins "stays as it is: "."""


@dataclass(frozen=True)
class CallGraph:
    """One functional graph: its calls, and which of them makes and which take each tensor."""

    nodes: list[Node]
    makers: dict[int, Node]
    takers: dict[int, list[Node]]
    outputs: set[int]

    @classmethod
    def of(cls, functional: Any) -> "CallGraph":
        """The graph of a functional model."""
        nodes = call_nodes(functional)
        takers: dict[int, list[Node]] = {}
        for node in nodes:
            for tensor in node.input_tensors:
                takers.setdefault(id(tensor), []).append(node)
        makers = {id(tensor): node for node in nodes for tensor in node.outputs}
        return cls(nodes, makers, takers, {id(tensor) for tensor in functional.outputs})

    def only_taker(self, tensor: Any) -> Node | None:
        """The one call that takes `tensor`; None where it is also used elsewhere, or an output."""
        takers = self.takers.get(id(tensor), [])
        return takers[0] if len(takers) == 1 and id(tensor) not in self.outputs else None


def layer_before(
    node: Node, affine: Affine, graph: CallGraph, uses: Counter[int], removed: set[int]
) -> tuple[Any, Affine]:
    """The layer that feeds a normalisation, and the scale and shift of each of its outputs."""
    tensor = node.input_tensors[0]
    while True:
        maker = graph.makers.get(id(tensor))
        if maker is None:
            raise NotFoldable("no layer comes before it")
        layer = maker.operation
        if graph.only_taker(tensor) is None:
            raise NotFoldable(f"the output of {layer.name} before it is used elsewhere too")
        if not _is_transparent(maker, removed):
            break
        tensor = maker.input_tensors[0]
    _check_takes(layer, uses, "before")
    if layer.activation is not keras.activations.linear:
        name = getattr(layer.activation, "__name__", type(layer.activation).__name__)
        raise NotFoldable(f"the activation {name} of {layer.name} comes before it")
    vectors = affine.only_along(_channels(layer))
    if vectors is None:
        raise NotFoldable(f"it normalises another axis than the channels of {layer.name} before it")
    return layer, _full(vectors, weights_of(layer).bias.size)


def layer_after(
    node: Node, affine: Affine, graph: CallGraph, uses: Counter[int], removed: set[int]
) -> tuple[Any, Affine]:
    """The layer that a normalisation feeds, and the scale and shift of each of its inputs."""
    if not keras.backend.is_float_dtype(node.input_tensors[0].dtype):
        raise NotFoldable(f"it turns {node.input_tensors[0].dtype} into floating point")
    tensor = node.outputs[0]
    while True:
        taker = graph.only_taker(tensor)
        if taker is None:
            raise NotFoldable("its output is used more than once or is an output of the model")
        layer = taker.operation
        if type(layer) is _layers.Flatten or type(layer) in _POOLINGS:
            affine = _through(layer, affine, tensor)
        elif not _is_transparent(taker, removed):
            break
        tensor = taker.outputs[0]
    _check_takes(layer, uses, "after")
    inputs = _check_sums_whole_inputs(layer)
    vectors = affine.only_along(_channels(layer))
    if vectors is None:
        raise NotFoldable(f"it normalises another axis than {layer.name} after it sums over")
    size = getattr(layer, LAYOUTS[type(layer)].kernel).shape[inputs]
    return layer, _full(vectors, size)


def _channels(layer: Any) -> int:
    """The axis of a row that holds the channels."""
    return 0 if getattr(layer, "data_format", None) == "channels_first" else -1


def _full(vectors: Affine, size: int) -> Affine:
    """A scale and a shift for each of `size` features, where one may stand for all of them."""
    return Affine(np.broadcast_to(vectors.scale, size), np.broadcast_to(vectors.shift, size))


def _check_takes(layer: Any, uses: Counter[int], where: str) -> None:
    """Raise unless `layer` multiplies by a kernel of its own that may be changed."""
    if type(layer) not in LAYOUTS:
        raise NotFoldable(f"{layer.name} ({type(layer).__name__}) comes {where} it")
    if uses[id(layer)] > 1:
        raise NotFoldable(f"{layer.name} {where} it is used twice")
    if getattr(layer, "quantization_mode", None) or getattr(layer, "lora_enabled", False):
        raise NotFoldable(f"{layer.name} {where} it is quantised or has LoRA weights")


def _check_sums_whole_inputs(layer: Any) -> int:
    """The axis of the kernel that is summed over; raise unless each output sums over all of it."""
    inputs = LAYOUTS[type(layer)].inputs
    if inputs is None:
        raise NotFoldable(f"{layer.name} after it is a {type(layer).__name__}")
    if getattr(layer, "groups", 1) > 1:
        raise NotFoldable(f"{layer.name} after it has groups")
    if getattr(layer, "padding", "valid") != "valid" and set(layer.kernel_size) != {1}:
        raise NotFoldable(f"{layer.name} after it pads with zeros, which are not normalised")
    return inputs


def _is_transparent(node: Node, removed: set[int]) -> bool:
    """Whether a call returns its input at prediction, by itself or because its layer goes."""
    if id(node.operation) in removed:
        return True
    return type(node.operation) in _TRANSPARENT and not node.arguments.kwargs.get("training")


def _through(layer: Any, affine: Affine, tensor: Any) -> Affine:
    """What a scale and shift before a Flatten or a pooling are after it."""
    row = tuple(tensor.shape[1:])
    if type(layer) is _layers.Flatten:
        if None in row or (_channels(layer) == 0 and len(row) > 1):
            raise NotFoldable(f"{layer.name} after it has no fixed order of its inputs")
        return Affine(*(np.broadcast_to(v, row).reshape(-1) for v in (affine.scale, affine.shift)))
    vectors = affine.only_along(_channels(layer))
    if vectors is None:
        raise NotFoldable(f"{layer.name} after it averages over the axis that it normalises")
    return affine if layer.keepdims else vectors
