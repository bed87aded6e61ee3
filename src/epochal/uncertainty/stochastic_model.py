"""`epochal.monte_carlo`: a trained model's stochastic copy, on the same weights."""

from typing import Any

import keras

from epochal.bridge.checks import check_layer_graph
from epochal.bridge.stochastic import noise_layers
from epochal.compat._keras import Functional
from epochal.errors import InputError
from epochal.layers import ALL_LAYERS


def monte_carlo(model: keras.Model) -> keras.Model:
    """The stochastic copy of a trained model: its dropout also drops at inference.

    Every dropout or noise layer of Keras' own is replaced by its counterpart in `epochal.layers`;
    every other layer *is* the model's own, so the copy shares all weights with it, and training one
    trains the other. `copy(x)` and `copy.predict(x)` draw anew at each call, with batch
    normalisation and everything else in inference mode. (Calling ``model(x,
    training=True)`` lets the predictions depend on what else is in the batch.)

    The copy is a plain Keras model, compiled as the model is: it evaluates, and it is saved to a
    `.keras` file and loaded from it with ``safe_mode=True`` (``import epochal.layers`` first). For
    the mean, standard deviation and entropy of many samples, `epochal.predict_monte_carlo` needs
    no copy.

    Parameters
    ----------
    model : keras.Model
        A Sequential or functional model that is built, nested ones too.

    Returns
    -------
    keras.Model
        Of the same kind, with layers of the same names.

    Raises
    ------
    InputError
        No model; one that is not built, that is a subclass, or that has no noise layer; or one
        with a layer that has its dropout inside (``LSTM(dropout=...)``, attention, a layer of one's
        own), which no other layer can replace: `epochal.predict_monte_carlo` takes such models.

    References
    ----------
    Y. Gal and Z. Ghahramani, "Dropout as a Bayesian Approximation: Representing Model Uncertainty
    in Deep Learning", 2016, arXiv:1506.02142.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> model = keras.Sequential(
    ...     [keras.Input((8,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    >>> copy = epochal.monte_carlo(model)
    >>> copy.layers[1] is model.layers[1]
    True
    >>> x = np.ones((1, 8))
    >>> len({float(copy(x)[0, 0]) for _ in range(8)}) > 1
    True
    """
    _check(model)
    return keras.models.clone_model(model, clone_function=_stochastic_layer, recursive=True)


def _stochastic_layer(layer: keras.Layer) -> keras.Layer:
    """The layer itself, or its counterpart that always draws."""
    counterpart = ALL_LAYERS.get(type(layer))
    return layer if counterpart is None else counterpart.from_config(layer.get_config())


def _check(model: Any) -> None:
    check_layer_graph(
        model,
        "monte_carlo",
        subclasses=True,
        instead="call epochal.predict_monte_carlo(model, x), which takes any model",
    )
    found = _graph_layers(model)
    replaceable = {*ALL_LAYERS, *ALL_LAYERS.values()}
    for layer in found:
        if type(layer) not in replaceable and noise_layers(layer):
            raise InputError(
                "model must have its dropout as layers of their own, got the layer "
                f"{layer.name!r} ({type(layer).__name__}) with dropout inside: "
                "call epochal.predict_monte_carlo(model, x), which takes any model."
            )
    if not any(noise_layers(layer) for layer in found):
        raise InputError(
            "model must have a dropout or noise layer to be stochastic, got none: "
            "add keras.layers.Dropout and train again."
        )


def _graph_layers(model: keras.Model) -> list[keras.Layer]:
    """The layers of the graph, those of nested models in the place of these."""
    found: list[keras.Layer] = []
    for layer in model.layers:
        nested = isinstance(layer, keras.Sequential | Functional)
        found += _graph_layers(layer) if nested else [layer]
    return found
