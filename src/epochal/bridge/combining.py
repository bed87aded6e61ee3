"""Several models as one: a plain Keras model that gives the mean of what they give."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras

from epochal.bridge.cloning import compile_like, input_like, rebuild
from epochal.bridge.graph import nodes_of
from epochal.bridge.initial_values import without_drawing
from epochal.bridge.state import copy_weights
from epochal.compat._keras import Functional, functional_of, producer, run_through_graph
from epochal.layers import DistributionMean

LINKS = ("softmax", "sigmoid")
_MEMBER, _SHARE = "member_", "share_"  # how names of a combined model's layers begin


class Members(NamedTuple):
    """What a model is an average of.

    Attributes
    ----------
    model : keras.Model
        Gives what each member gives, one after another along the last axis.
    weights : tuple of float
        How much each counts; they add up to 1.
    last : object
        The operation that gives the output of the first: of the mean of a distribution, its head.
    """

    model: keras.Model
    weights: tuple[float, ...]
    last: Any


def last_activation(model: keras.Model) -> str:
    """The activation that a model ends in: one of `LINKS`, or "" where it is another or unknown."""
    if not isinstance(model, keras.Sequential | Functional) or not model.built:
        return ""
    return activation_of(_last_operation(model))


def activation_of(last: Any) -> str:
    """The activation of an operation: one of `LINKS`, or "" where it is another or unknown."""
    if isinstance(last, keras.layers.Softmax):
        return "softmax"
    activation = getattr(last, "activation", None)
    return next((name for name in LINKS if activation is getattr(keras.activations, name)), "")


def members_of(model: keras.Model) -> Members:
    """The members of what `combined_model` made, however it was saved and what follows the mean.

    Any other model is its own single member.
    """
    if not isinstance(model, keras.Sequential | Functional) or not model.built:
        return Members(model, (1.0,), None)
    means = [layer for layer in model.layers if _is_mean(layer)]
    if not means:
        return _single(model)
    tensors = list(means[0].input)
    makers = [producer(tensor) for tensor in tensors]
    weights = [float(maker.scale) if _is_share(maker) else 1 / len(makers) for maker in makers]
    outputs = [
        _before_mean(model, maker.input if _is_share(maker) else tensor)
        for maker, tensor in zip(makers, tensors, strict=True)
    ]
    joined = keras.layers.Concatenate(axis=-1, name="members")(outputs)
    side_by_side = keras.Model(functional_of(model).input, joined, name=model.name)
    return Members(side_by_side, tuple(weights), _within(producer(outputs[0])))


def apart(side_by_side: keras.Model) -> list[keras.Model]:
    """The several members that `members_of` put side by side, each a model of its own."""
    outputs = producer(side_by_side.outputs[0]).input
    return [keras.Model(side_by_side.inputs, output) for output in outputs]


def _single(model: keras.Model) -> Members:
    """A network that is no average; of one that gives the mean of a distribution, up to that."""
    if isinstance(_last_operation(model), DistributionMean):
        given = _before_mean(model, model.outputs[0])
        model = keras.Model(functional_of(model).input, given, name=model.name)
    return Members(model, (1.0,), _last_operation(model))


def _is_mean(layer: Any) -> bool:
    """Whether it is the layer that averages a combined model's members."""
    if not isinstance(layer, keras.layers.Average | keras.layers.Add):
        return False
    return all(producer(each).name.startswith((_MEMBER, _SHARE)) for each in layer.input)


def _before_mean(model: keras.Model, tensor: Any) -> Any:
    """What a mean of distributions within a model is taken of; any other tensor as it is."""
    maker = producer(tensor)
    if not isinstance(maker, DistributionMean):
        return tensor
    return nodes_of(model)[maker][0].input_tensors[0]


def _is_share(maker: Any) -> bool:
    return isinstance(maker, keras.layers.Rescaling) and maker.name.startswith(_SHARE)


def _last_operation(model: keras.Model) -> Any:
    """What gives the model's first output, within the models in it."""
    return _within(producer(model.outputs[0]))


def _within(last: Any) -> Any:
    return _last_operation(last) if isinstance(last, keras.Model) else last


@without_drawing()
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
        _outputs(model, inputs, f"{_MEMBER}{number}_", link) for number, model in enumerate(models)
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
        keras.layers.Rescaling(float(weight), name=f"{_SHARE}{number}")(output)
        for number, (output, weight) in enumerate(zip(outputs, weights, strict=True))
    ]
    return keras.layers.Add(name="weighted_mean")(shares)
