"""Several models as one: a plain Keras model that gives the mean of what they give."""

from collections.abc import Sequence
from typing import Any

import keras

from epochal.bridge.cloning import compile_like, input_like, rebuild
from epochal.bridge.initial_values import without_compiling
from epochal.bridge.state import copy_weights
from epochal.compat._keras import Functional, functional_of, producer, run_through_graph

LINKS = ("softmax", "sigmoid")


def last_activation(model: keras.Model) -> str:
    """The activation that a model ends in: one of `LINKS`, or "" where it is another or unknown."""
    if not isinstance(model, keras.Sequential | Functional) or not model.built:
        return ""
    last = _last_operation(model)
    if isinstance(last, keras.layers.Softmax):
        return "softmax"
    activation = getattr(last, "activation", None)
    return next((name for name in LINKS if activation is getattr(keras.activations, name)), "")


def _last_operation(model: keras.Model) -> Any:
    """What gives the model's first output, within the models in it."""
    last = producer(model.outputs[0])
    return _last_operation(last) if isinstance(last, keras.Model) else last


@without_compiling()
def combined_model(
    models: Sequence[keras.Model], weights: Sequence[float], link: str = ""
) -> keras.Model:
    """One model of copies of `models`, whose output is the weighted mean of theirs.

    Parameters
    ----------
    models : sequence of keras.Model
        Built Sequential or functional models that take equal inputs; see `check_layer_graph`.
    weights : sequence of float
        One for each model; they add up to 1.
    link : "softmax", "sigmoid" or ""
        Where it is given, the models end in it, and the mean is taken before it.

    Returns
    -------
    keras.Model
        Compiled as the first model is.
    """
    inputs = keras.tree.map_structure(input_like, functional_of(models[0]).input)
    outputs = [
        _outputs(model, inputs, f"member_{number}_", link) for number, model in enumerate(models)
    ]
    mean = _weighted_mean(outputs, weights)
    if link:
        mean = keras.layers.Activation(link, name=link)(mean)
    whole = keras.Model(inputs, mean, name="ensemble")
    compile_like(whole, models[0])
    return whole


def _outputs(model: keras.Model, inputs: Any, prefix: str, link: str) -> Any:
    """What a copy of `model` gives for `inputs`, without its last activation where it is `link`."""
    last = _last_operation(model) if link else None

    def renamed(layer: Any) -> Any:
        config = layer.get_config() | {"name": f"{prefix}{layer.name}"}
        if layer is last:
            if isinstance(layer, keras.layers.Softmax):
                return None
            config["activation"] = "linear"
        return type(layer).from_config(config)

    copy, pairs = rebuild(model, renamed, prefix)
    for layer, new in pairs:
        copy_weights(layer, new)
    return run_through_graph(functional_of(copy), inputs, lambda operation: operation, _call)


def _call(operation: Any, *args: Any, **kwargs: Any) -> Any:
    return operation(*args, **kwargs)


def _weighted_mean(outputs: Sequence[Any], weights: Sequence[float]) -> Any:
    if len(outputs) == 1:
        return outputs[0]
    if len(set(weights)) == 1:
        return keras.layers.Average(name="mean")(outputs)
    shares = [
        keras.layers.Rescaling(float(weight), name=f"share_{number}")(output)
        for number, (output, weight) in enumerate(zip(outputs, weights, strict=True))
    ]
    return keras.layers.Add(name="weighted_mean")(shares)
