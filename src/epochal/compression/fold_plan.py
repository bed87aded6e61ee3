"""What folding will do to a model: which layers go, and the weights of those that take them in."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import keras

from epochal.compat._keras import Functional, Node, flatten_layers, functional_of
from epochal.compression.affine import (
    LAYOUTS,
    NORMALIZATIONS,
    Weights,
    affine_of,
    folded_after,
    folded_before,
    weights_of,
)
from epochal.compression.fold_rules import (
    CallGraph,
    NotFoldable,
    layer_after,
    layer_before,
)
from epochal.layers import TiedDense


@dataclass
class Plan:
    """Which layers go, the weights of those that take them in, and why others are kept."""

    removed: set[int] = field(default_factory=set)  # layers by id, as below
    weights: dict[int, Weights] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)  # name -> reason

    def weights_of(self, layer: Any) -> Weights:
        """The weights that a layer will have, by the plan so far."""
        return self.weights.get(id(layer)) or weights_of(layer)

    def keep(self, layer: Any, reason: str) -> None:
        """Note why a layer is kept: only batch normalisation was promised to go."""
        if isinstance(layer, keras.layers.BatchNormalization):
            self.kept[layer.name] = reason


def plan_folding(model: keras.Model) -> Plan:
    """How to fold every normalisation of a model that can be."""
    graphs = [CallGraph.of(functional) for functional in _functionals(model)]
    uses = _uses(model, graphs)
    found = [
        (node, graph)
        for graph in graphs
        for node in graph.nodes
        if type(node.operation) in NORMALIZATIONS
    ]
    plan = Plan()
    removed_before = -1
    while len(plan.removed) != removed_before:  # what was removed may have stood between others
        removed_before = len(plan.removed)
        plan.kept.clear()
        for node, graph in found:
            if id(node.operation) not in plan.removed:
                try:
                    _fold(node, graph, uses, plan)
                except NotFoldable as error:
                    plan.keep(node.operation, str(error))
    _keep_hidden(model, {id(node.operation) for node, _ in found}, plan)
    return plan


def _functionals(model: keras.Model) -> Iterator[Any]:
    """The graph of the model, and those of the models that are nested in it, each once."""
    seen = set()
    for each in [model, *flatten_layers(model, include_self=False)]:
        inner = functional_of(each)
        if type(inner) is Functional and id(inner) not in seen:
            seen.add(id(inner))
            yield inner


def _uses(model: keras.Model, graphs: list[CallGraph]) -> Counter[int]:
    """How often each layer, by its id, is called or another is tied to it."""
    uses = Counter(id(node.operation) for graph in graphs for node in graph.nodes)
    uses.update(
        id(layer.tied_to)
        for layer in flatten_layers(model, include_self=False)
        if isinstance(layer, TiedDense)
    )
    return uses


def _keep_hidden(model: keras.Model, known: set[int], plan: Plan) -> None:
    """Note the normalisations that no graph shows."""
    for layer in flatten_layers(model):
        if id(layer) not in known:
            plan.keep(layer, "it is part of a layer with a call of its own")


def _fold(node: Node, graph: CallGraph, uses: Counter[int], plan: Plan) -> None:
    """Fold one normalisation into the layer before it, or else into the one after it."""
    layer, tensor = node.operation, node.input_tensors[0]
    if uses[id(layer)] > 1:
        raise NotFoldable("it is used twice")
    if node.arguments.kwargs.get("training"):
        raise NotFoldable("it is called with training=True and uses the batch's own statistics")
    affine = affine_of(layer, len(tensor.shape) - 1)
    if isinstance(affine, str):
        raise NotFoldable(affine)
    reasons = []
    for find, folded in ((layer_before, folded_after), (layer_after, folded_before)):
        try:
            into, vectors = find(node, affine, graph, uses, plan.removed)
        except NotFoldable as error:
            reasons.append(str(error))
            continue
        plan.weights[id(into)] = folded(plan.weights_of(into), LAYOUTS[type(into)], vectors)
        plan.removed.add(id(layer))
        return
    raise NotFoldable("; ".join(reasons))
