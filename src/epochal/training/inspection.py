"""What goes through a network's layers: activations forward, gradients backward."""

from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from epochal.bridge.checks import check_compiled_model, check_model, check_target_given
from epochal.bridge.graph import nodes_of
from epochal.bridge.patches import patched_keras
from epochal.bridge.state import read_test_state, trainable_paths
from epochal.errors import InputError


def layer_outputs(model: keras.Model, x: Any) -> dict[str, np.ndarray]:
    """What each layer of a network gives for some rows, in inference mode.

    Parameters
    ----------
    model : keras.Model
        Built: a `Sequential` or functional model.
    x : array_like, (rows, ...)
        A few rows; the outputs of all layers are held at once.

    Returns
    -------
    dict of str to numpy.ndarray
        Layer name -> (rows, ...), in the order of the layers. A layer that gives several arrays,
        or that is called several times, has an entry for each: "name/0", "name/1".

    Raises
    ------
    InputError
        A model that is not built, or that is no graph of layers.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="hidden")])
    >>> epochal.layer_outputs(model, np.ones((2, 4)))["hidden"].shape
    (2, 3)
    """
    check_model(model, "layer_outputs")
    outputs = layer_tensors(model)
    if not outputs:
        raise InputError(
            "model must be built and made of layers (Sequential or functional), got "
            f"{model.name!r}, which shows none: call it on some rows first, or give it an Input."
        )
    inputs = model.inputs if len(model.inputs) > 1 else model.inputs[0]
    probe = keras.Model(inputs, outputs)
    return {name: np.asarray(values) for name, values in probe(x, training=False).items()}


def layer_tensors(model: keras.Model) -> dict[str, keras.KerasTensor]:
    """The symbolic outputs of the layers, by the names that `layer_outputs` gives them."""
    nodes = nodes_of(model)
    named: dict[str, keras.KerasTensor] = {}
    for layer in model.layers:
        tensors = [tensor for node in nodes.get(layer, ()) for tensor in node.output_tensors]
        if len(tensors) == 1:
            named[layer.name] = tensors[0]
        else:
            named |= {f"{layer.name}/{place}": tensor for place, tensor in enumerate(tensors)}
    return named


def layer_gradients(
    model: keras.Model, x: Any, y: Any, sample_weight: Any = None
) -> dict[str, np.ndarray]:
    """The gradient of the loss, penalties included, by each trainable weight, in inference mode.

    Parameters
    ----------
    model : keras.Model
        Built and compiled.
    x, y, sample_weight : array_like, (rows, ...)
        The rows that the loss is taken over; weights are optional.

    Returns
    -------
    dict of str to numpy.ndarray
        Path of the weight ("dense/kernel") -> gradient, in the weight's shape.

    Raises
    ------
    InputError
        A model that is not compiled, or no targets.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, name="line")])
    >>> model.compile("sgd", "mse")
    >>> model.set_weights([np.array([[2.0]]), np.array([0.0])])
    >>> float(epochal.layer_gradients(model, np.ones((5, 1)), np.ones((5, 1)))["line/bias"][0])
    2.0
    """
    check_compiled_model(model, "layer_gradients", optimizer=False)
    check_target_given(model, y)
    state = read_test_state(model)
    x, y, sample_weight = jax.tree.map(_as_tensor, (x, y, sample_weight))

    def loss(trainable: Any) -> Any:
        value, _ = model.compute_loss_and_updates(
            trainable, state.non_trainable, state.metrics, x, y, sample_weight, training=False
        )
        return value

    with patched_keras():
        gradients = jax.grad(loss)(state.trainable)
    return dict(zip(trainable_paths(model), map(np.asarray, gradients), strict=True))


def _as_tensor(leaf: Any) -> Any:
    """NumPy's arrays as JAX's, as in a fit: NumPy's cannot be multiplied by a traced weight."""
    return jnp.asarray(leaf) if isinstance(leaf, np.ndarray) else leaf
