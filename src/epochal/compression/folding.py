"""Batch normalisation folded into the layers beside it: less to compute, the same predictions."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from epochal.bridge.state import assign_values, copy_weights
from epochal.compat._keras import (
    Functional,
    flatten_layers,
    functional_of,
    nodes_by_depth,
    producer,
)
from epochal.compression.affine import (
    LAYOUTS,
    NORMALIZATIONS,
    Affine,
    Weights,
    affine_of,
    folded_after,
    folded_before,
    weights_of,
)
from epochal.compression.copying import check_model, compile_like, rebuilt, same
from epochal.layers import TiedDense

_layers = keras.layers
# What leaves its input as it is at prediction.
_TRANSPARENT = (
    _layers.Dropout,
    _layers.SpatialDropout1D,
    _layers.SpatialDropout2D,
    _layers.SpatialDropout3D,
    _layers.AlphaDropout,
    _layers.GaussianDropout,
    _layers.GaussianNoise,
    _layers.ActivityRegularization,
    _layers.Identity,
)
_POOLINGS = (
    _layers.GlobalAveragePooling1D,
    _layers.GlobalAveragePooling2D,
    _layers.GlobalAveragePooling3D,
)
# Penalties and constraints are about the kernel that was trained, not about the folded one.
_DROPPED = tuple(
    f"{of}_{what}"
    for of in ("kernel", "bias", "depthwise", "pointwise")
    for what in ("regularizer", "constraint")
)


def fold_batch_normalization(model: keras.Model) -> keras.Model:
    r"""Fold batch normalisation into the layers beside it: a smaller model, the same predictions.

    At prediction a normalisation is a scale and a shift of each feature,

    .. math:: s = \gamma / \sqrt{\sigma^2 + \epsilon}, \quad t = \beta - \mu s

    so that a layer directly before it, or a Dense or convolution directly after it, takes it in:

    .. math::
        (x W + b)\, s + t = x\, (W s) + (b\, s + t) \\
        (x s + t)\, W + b = x\, (s W) + (t W + b)

    Before it may stand a Dense or any convolution (also transposed, depthwise, separable) without
    activation; after it a Dense, or a convolution that pads nothing. Dropout between them is
    nothing at prediction, and Flatten or global average pooling may stand between a normalisation
    and a Dense. `Normalization` and `Rescaling` layers before a Dense are folded alike.

    A layer that can't be folded stays as it is, with a warning that says why: an activation stands
    between, its input or output is used elsewhere, it or its neighbour is used twice, it is called
    with ``training=True``.

    Parameters
    ----------
    model : keras.Model
        A built Sequential or functional model, nested ones too. It stays as it is.

    Returns
    -------
    keras.Model
        A new model, compiled as `model` is with a fresh optimiser. Its layers keep their names; a
        layer that took in a normalisation has a bias, and no penalties or constraints, which were
        about the kernel before.

    Raises
    ------
    InputError
        Where `model` is no built Sequential or functional model.

    Warns
    -----
    UserWarning
        For each BatchNormalization layer that stays, with the reason.

    References
    ----------
    B. Jacob et al., "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference", CVPR 2018, section 3.2, equation 14.

    Examples
    --------
    >>> import keras, epochal
    >>> model = keras.Sequential(
    ...     [
    ...         keras.Input((4,)),
    ...         keras.layers.Dense(8, use_bias=False),
    ...         keras.layers.BatchNormalization(),
    ...         keras.layers.Activation("relu"),
    ...         keras.layers.Dense(1),
    ...     ]
    ... )
    >>> [type(layer).__name__ for layer in epochal.fold_batch_normalization(model).layers]
    ['Dense', 'Activation', 'Dense']
    """
    check_model(model, "fold_batch_normalization")
    plan = plan_of(model)
    for name, reason in plan.left.items():
        warnings.warn(f"{name} stays as it is: {reason}.", stacklevel=2)
    return _carried_out(plan, model)


@dataclass
class Plan:
    """Which layers go, the weights of those that take them in, and why others stay."""

    gone: set[int] = field(default_factory=set)  # by id, as below
    weights: dict[int, Weights] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)  # name -> reason

    def fold(self, layer: Any, into: Any, folded: Callable, affine: Affine) -> None:
        """Take `layer` out; `into` gets what `folded` makes of its weights."""
        before = self.weights.get(id(into)) or weights_of(into)
        self.weights[id(into)] = folded(before, LAYOUTS[type(into)], affine)
        self.gone.add(id(layer))


@dataclass(frozen=True)
class _Graph:
    """One functional graph: its nodes, and who makes and who takes each tensor."""

    nodes: list[Any]
    makers: dict[int, Any]
    takers: dict[int, list[Any]]
    outputs: set[int]

    def only_taker(self, tensor: Any) -> Any:
        """The one node that takes `tensor`; None where it is also used elsewhere, or put out."""
        takers = self.takers.get(id(tensor), [])
        return takers[0] if len(takers) == 1 and id(tensor) not in self.outputs else None


class _Left(Exception):
    """Why a layer is not folded: what follows "stays as it is: "."""


def plan_of(model: keras.Model) -> Plan:
    graphs = [_graph(each) for each in _functionals(model)]
    uses = Counter(id(node.operation) for graph in graphs for node in graph.nodes)
    uses.update(
        id(layer.tied_to)
        for layer in flatten_layers(model, include_self=False)
        if isinstance(layer, TiedDense)
    )
    plan = Plan()
    found = [
        (node, graph)
        for graph in graphs
        for node in graph.nodes
        if type(node.operation) in NORMALIZATIONS
    ]
    gone_before = -1
    while len(plan.gone) != gone_before:  # what has gone may have stood in another's way
        gone_before = len(plan.gone)
        plan.left.clear()
        for node, graph in found:
            if id(node.operation) not in plan.gone:
                try:
                    _fold(node, graph, uses, plan)
                except _Left as left:
                    _note(plan, node.operation, str(left))
    known = {id(node.operation) for node, _ in found}
    for layer in flatten_layers(model):
        if isinstance(layer, _layers.BatchNormalization) and id(layer) not in known:
            _note(plan, layer, "it is part of a layer whose code is not known")
    return plan


def _note(plan: Plan, layer: Any, reason: str) -> None:
    if isinstance(layer, _layers.BatchNormalization):
        plan.left[layer.name] = reason


def _functionals(model: keras.Model) -> Iterator[Any]:
    """The graph of the model, and those of the models that are nested in it, each once."""
    nested = [model, *(layer for layer in flatten_layers(model, include_self=False))]
    seen = set()
    for each in nested:
        inner = functional_of(each)
        if type(inner) is Functional and id(inner) not in seen:
            seen.add(id(inner))
            yield inner


def _graph(functional: Any) -> _Graph:
    nodes = [
        node
        for node in nodes_by_depth(functional)
        if node.operation is not None and not node.is_input
    ]
    takers: dict[int, list[Any]] = {}
    for node in nodes:
        for tensor in node.input_tensors:
            takers.setdefault(id(tensor), []).append(node)
    makers = {id(tensor): node for node in nodes for tensor in node.outputs}
    return _Graph(nodes, makers, takers, {id(tensor) for tensor in functional.outputs})


def _fold(node: Any, graph: _Graph, uses: Counter, plan: Plan) -> None:
    """Fold one normalisation into the layer before it, or else into the one after it."""
    layer, tensor = node.operation, node.input_tensors[0]
    if uses[id(layer)] > 1:
        raise _Left("it is used twice")
    if node.arguments.kwargs.get("training"):
        raise _Left("it is called with training=True, and so takes the batch's own statistics")
    affine = affine_of(layer, len(tensor.shape) - 1)
    if isinstance(affine, str):
        raise _Left(affine)
    reasons = []
    for fold in (_fold_back, _fold_forward):
        try:
            return fold(node, affine, graph, uses, plan)
        except _Left as left:
            reasons.append(str(left))
    raise _Left("; ".join(reasons))


def _fold_back(node: Any, affine: Affine, graph: _Graph, uses: Counter, plan: Plan) -> None:
    tensor = node.input_tensors[0]
    while True:
        maker = graph.makers.get(id(tensor))
        if maker is None:
            raise _Left("no layer stands before it")
        layer = maker.operation
        if graph.only_taker(tensor) is None:
            raise _Left(f"what {layer.name} before it puts out is used elsewhere too")
        if not _is_transparent(maker, plan):
            break
        tensor = maker.input_tensors[0]
    _check_takes(layer, uses, "before")
    if layer.activation is not keras.activations.linear:
        name = getattr(layer.activation, "__name__", type(layer.activation).__name__)
        raise _Left(f"the activation {name} of {layer.name} stands before it")
    first = getattr(layer, "data_format", None) == "channels_first"
    vectors = affine.only_along(0 if first else -1)
    if vectors is None:
        raise _Left(f"it normalises another axis than the channels of {layer.name} before it")
    plan.fold(node.operation, layer, folded_after, _full(vectors, weights_of(layer).bias.size))


def _fold_forward(node: Any, affine: Affine, graph: _Graph, uses: Counter, plan: Plan) -> None:
    if not keras.backend.is_float_dtype(node.input_tensors[0].dtype):
        raise _Left(f"it turns {node.input_tensors[0].dtype} into floating point")
    tensor = node.outputs[0]
    while True:
        taker = graph.only_taker(tensor)
        if taker is None:
            raise _Left("what it puts out is used more than once or is an output of the model")
        layer = taker.operation
        if type(layer) is _layers.Flatten or type(layer) in _POOLINGS:
            affine = _through(layer, affine, tensor)
        elif not _is_transparent(taker, plan):
            break
        tensor = taker.outputs[0]
    _check_takes(layer, uses, "after")
    layout = LAYOUTS[type(layer)]
    if layout.inputs is None:
        raise _Left(f"{layer.name} after it is a {type(layer).__name__}")
    if getattr(layer, "groups", 1) > 1:
        raise _Left(f"{layer.name} after it has groups")
    if getattr(layer, "padding", "valid") != "valid" and set(layer.kernel_size) != {1}:
        raise _Left(f"{layer.name} after it pads with zeros, which are not normalised")
    first = getattr(layer, "data_format", None) == "channels_first"
    vectors = affine.only_along(0 if first else -1)
    if vectors is None:
        raise _Left(f"it normalises another axis than {layer.name} after it sums over")
    size = getattr(layer, layout.kernel).shape[layout.inputs]
    plan.fold(node.operation, layer, folded_before, _full(vectors, size))


def _full(vectors: Affine, size: int) -> Affine:
    """A scale and a shift for each of `size` features, where one may stand for all of them."""
    return Affine(np.broadcast_to(vectors.scale, size), np.broadcast_to(vectors.shift, size))


def _check_takes(layer: Any, uses: Counter, where: str) -> None:
    """Raise unless `layer` multiplies by a kernel of its own that may be changed."""
    if type(layer) not in LAYOUTS:
        raise _Left(f"{layer.name} ({type(layer).__name__}) stands {where} it")
    if uses[id(layer)] > 1:
        raise _Left(f"{layer.name} {where} it is used twice")
    if getattr(layer, "quantization_mode", None) or getattr(layer, "lora_enabled", False):
        raise _Left(f"{layer.name} {where} it is quantised or has LoRA weights")


def _is_transparent(node: Any, plan: Plan) -> bool:
    layer = node.operation
    if id(layer) in plan.gone:
        return True
    return type(layer) in _TRANSPARENT and not node.arguments.kwargs.get("training")


def _through(layer: Any, affine: Affine, tensor: Any) -> Affine:
    """What a scale and shift before a Flatten or a pooling are after it."""
    row = tuple(tensor.shape[1:])
    first = layer.data_format == "channels_first"
    if type(layer) is _layers.Flatten:
        if None in row or (first and len(row) > 1):
            raise _Left(f"{layer.name} after it has no fixed order of its inputs")
        return Affine(*(np.broadcast_to(v, row).reshape(-1) for v in (affine.scale, affine.shift)))
    vectors = affine.only_along(0 if first else -1)
    if vectors is None:
        raise _Left(f"{layer.name} after it averages over the axis that it normalises")
    return affine if layer.keepdims else vectors


def _carried_out(plan: Plan, model: keras.Model) -> keras.Model:
    several = len(model.outputs) > 1
    named = {producer(tensor).name for tensor in model.outputs} if several else set()

    def replacement(layer: Any) -> Any:
        if id(layer) in plan.gone:
            # One of several outputs goes by the name of its layer.
            return _layers.Identity(name=layer.name) if layer.name in named else None
        if id(layer) not in plan.weights:
            return same(layer)
        config = layer.get_config() | {"use_bias": True}
        return type(layer).from_config(
            {key: None if key in _DROPPED else value for key, value in config.items()}
        )

    copy, pairs = rebuilt(model, replacement)
    for layer, new in pairs:
        weights = plan.weights.get(id(layer))
        if id(layer) in plan.gone:
            continue
        if weights is None:
            copy_weights(layer, new)
        else:
            kernel = LAYOUTS[type(layer)].kernel
            depthwise = ("depthwise_kernel",) if kernel == "pointwise_kernel" else ()
            # A pruned weight stays +0: times a negative scale it has become -0.
            values = {kernel: weights.kernel + 0.0, "bias": weights.bias}
            values |= {name: getattr(layer, name) for name in depthwise}
            assign_values((getattr(new, name), value) for name, value in values.items())
    compile_like(copy, model)
    return copy
