"""The key under which a compiled program is shared by models that compute the same."""

import json
import re
import warnings
from collections.abc import Hashable
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np

from epochal.bridge.optimizer import base_optimizer
from epochal.compat._keras import (
    Functional,
    compiled_parts,
    flatten_layers,
    is_decayed,
    trained_variables,
)

# What a config says beyond what is computed: the learning rate is an argument of the program and
# seeds are part of the state.
_VARYING = {"learning_rate", "seed", "shared_object_id"}
_FUNCTIONS = ("Lambda", "__lambda__", "function")
# Where classes come from whose configuration says all that they compute.
_OWN = re.compile(r"(keras|epochal)(\.|$)")
# A name that Keras gave: no caller passes arrays by it.
_AUTOMATIC = re.compile(r"(input_layer|keras_tensor)(_\d+)?$")

_tokens: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
_next_token = count()


def program_key(model: keras.Model) -> Hashable:
    """Equal for two models whose steps compute the same, whatever their weights and seeds.

    Models made of Keras' own parts are compared by their configuration. A model with code of the
    user's own (a subclass, a custom layer, loss or metric, a Lambda) is equal to itself alone.
    """
    # A constraint may have been put on a variable since its layer was configured.
    trainable = tuple((bool(one.trainable), type(one.constraint)) for one in model.weights)
    config = config_text(model)
    if config is None:
        own = (model, getattr(model, "optimizer", None), *compiled_parts(model))
        return tuple(_token(part) for part in own), trainable, _constants(model)
    return config, trainable, _constants(model)


def _constants(model: keras.Model) -> tuple[bytes, ...]:
    """What a program of `model` holds as constants: an adapted normalisation's mean and variance.

    Its layer computes them from its variables when it is adapted or loaded, not when it is called.
    """
    adapted = [
        layer
        for layer in flatten_layers(model, include_self=False)
        if isinstance(layer, keras.layers.Normalization)
    ]
    return tuple(
        np.asarray(value).tobytes()
        for layer in adapted
        for value in (layer.mean, layer.variance)
        if value is not None
    )


def _token(part: Any) -> int | None:
    return None if part is None else _tokens.setdefault(part, next(_next_token))


def config_text(model: keras.Model) -> str | None:
    """The model and how it is compiled, as text; None where code is the user's own."""
    layers = flatten_layers(model, include_self=False)
    if not all(_OWN.match(type(part).__module__) for part in (model, *layers)):
        return None
    if not isinstance(model, keras.Sequential | Functional):
        return None
    names = {layer.name: f"layer {number}" for number, layer in enumerate(layers)}
    try:
        with warnings.catch_warnings():
            # That a lambda cannot be saved safely: nothing is saved here.
            warnings.simplefilter("ignore", UserWarning)
            built = _computed(keras.saving.serialize_keras_object(model.get_config()), names)
            compiled = _computed(model.get_compile_config() if model.compiled else None, {})
    except (TypeError, ValueError, NotImplementedError, OSError, _UserCode):
        return None
    parts = [built, compiled, _ends(model), _decayed(model), keras.config.epsilon()]
    return json.dumps(parts, sort_keys=True)


def _ends(model: keras.Model) -> list:
    """The names that connect several inputs with a dict of arrays, and outputs with metrics."""
    if not model.built:
        return []
    inputs = [tensor.name for tensor in model.inputs] if len(model.inputs) > 1 else []
    outputs = model.output_names if len(model.outputs) > 1 else []
    return [[None if _AUTOMATIC.match(name) else name for name in inputs], outputs]


def _decayed(model: keras.Model) -> list[bool] | None:
    """Which weights the optimiser's decay applies to: its configuration does not say."""
    optimizer = base_optimizer(getattr(model, "optimizer", None))
    if getattr(optimizer, "weight_decay", None) is None:
        return None
    return [is_decayed(optimizer, variable) for variable in trained_variables(optimizer)]


class _UserCode(Exception):
    """A part of the configuration is code of the user's own."""


def _computed(node: Any, names: dict[str, str]) -> Any:
    """`node` without what does not change the computation; layers are named by their number."""
    if isinstance(node, dict):
        return _computed_object(node, names)
    if isinstance(node, list | tuple):
        # A tensor in a functional model's graph is [layer, node, tensor].
        if len(node) == 3 and isinstance(node[0], str) and node[0] in names:
            return [names[node[0]], *node[1:]]
        return [_computed(value, names) for value in node]
    return node


def _computed_object(node: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The same of an object's configuration, or of a part of one."""
    kind = node.get("class_name", "")
    if kind:
        module = node.get("module") or "keras"
        if kind in _FUNCTIONS or not _OWN.match(module):
            raise _UserCode
        if "DTypePolicy" in kind:
            return node  # its name is not a layer's: it says what is computed in
        if module == "keras.optimizers":
            node = node | {"config": node["config"] | {"name": None}}
    kept = {key: _computed(value, names) for key, value in node.items() if key not in _VARYING}
    return kept | ({"name": names.get(node["name"])} if names and "name" in node else {})
