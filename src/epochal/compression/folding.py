"""Batch normalisation folded into the layers beside it: less to compute, the same predictions."""

import warnings
from typing import Any

import keras

from epochal.bridge.checks import check_layer_graph
from epochal.bridge.cloning import clone_layer, compile_like, rebuild
from epochal.bridge.state import assign_values, copy_weights
from epochal.compat._keras import producer
from epochal.compression.affine import LAYOUTS, Weights
from epochal.compression.fold_plan import Plan, plan_folding

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
    check_layer_graph(model, "fold_batch_normalization")
    plan = plan_folding(model)
    for name, reason in plan.kept.items():
        warnings.warn(f"{name} stays as it is: {reason}.", stacklevel=2)
    return _folded(model, plan)


def _folded(model: keras.Model, plan: Plan) -> keras.Model:
    """A new model without the layers that go, compiled as `model` is."""
    several = len(model.outputs) > 1
    # One of several outputs is called by the name of its layer.
    named = {producer(tensor).name for tensor in model.outputs} if several else set()

    def replacement(layer: Any) -> Any:
        """What takes the place of a layer; None: nothing."""
        if id(layer) in plan.removed:
            return keras.layers.Identity(name=layer.name) if layer.name in named else None
        return _with_bias(layer) if id(layer) in plan.weights else clone_layer(layer)

    copy, pairs = rebuild(model, replacement)
    for layer, new in pairs:
        if id(layer) in plan.weights:
            _write_weights(layer, new, plan.weights[id(layer)])
        elif id(layer) not in plan.removed:
            copy_weights(layer, new)
    compile_like(copy, model)
    return copy


def _with_bias(layer: Any) -> Any:
    """A layer of the same kind that takes in a normalisation."""
    config = layer.get_config()
    dropped = {name: None for name in _DROPPED if name in config}
    return type(layer).from_config(config | dropped | {"use_bias": True})


def _write_weights(layer: Any, new: Any, weights: Weights) -> None:
    """Give `new` the folded weights, and what else `layer` has beside them."""
    kernel = LAYOUTS[type(layer)].kernel
    # A pruned weight stays +0: times a negative scale it has become -0.
    values = {kernel: weights.kernel + 0.0, "bias": weights.bias}
    if kernel == "pointwise_kernel":
        values["depthwise_kernel"] = layer.depthwise_kernel
    assign_values((getattr(new, name), value) for name, value in values.items())
