"""Quantisation: weights of fewer bits, by Keras' own means, in a copy of a model."""

import warnings
from typing import Any, Literal

import keras

from epochal.bridge.checks import check_layer_graph
from epochal.bridge.cloning import clone_layer, clone_model
from epochal.compat._keras import flatten_layers
from epochal.compression.sparsity import KERNELS
from epochal.errors import InputError, suggest

# Half-precision floats are a dtype policy; the integers are a mode of `model.quantize`.
_FLOATS = ("float16", "bfloat16")
_INTEGERS = ("int8", "int4")
MODES = (*_FLOATS, *_INTEGERS)


def quantize(
    model: keras.Model, mode: Literal["float16", "bfloat16", "int8", "int4"] = "int8"
) -> keras.Model:
    r"""A copy of a model with weights of fewer bits: a smaller file, by Keras' own means.

    ========== =========== ========================================================
    mode       kernel size what is stored and computed
    ========== =========== ========================================================
    "float16"  1/2         weights and arithmetic in float16 (11 significant bits)
    "bfloat16" 1/2         weights and arithmetic in bfloat16 (8 significant bits)
    "int8"     1/4         weights in int8 with a scale for each output; each row of
                           inputs is rounded to int8 with a scale of its own
    "int4"     1/8         weights in int4 with a scale and a zero point for each
                           output and 128 inputs; inputs in float32
    ========== =========== ========================================================

    An int8 weight :math:`q` represents :math:`q\, \max|w| / 127`, with the maximum over the weights
    of its output: its error is at most :math:`\max|w| / 254`. That of an int4 weight is at most
    :math:`(\max w - \min w) / 15`.

    float16 overflows above 65,504: scale larger inputs, or use bfloat16.

    Quantisation is about size: on a CPU without instructions for these types the arithmetic is not
    faster, and the `native` engine, which computes in float32, does not run such a model. Measure
    with `compress`. Integers are for Dense, EinsumDense and Embedding layers, which are what Keras
    quantises; others stay in float32, with a warning that names them. Integer weights cannot be
    trained further.

    Parameters
    ----------
    model : keras.Model
        A built Sequential or functional model in float32; it is not changed.
    mode : "float16", "bfloat16", "int8" or "int4"
        Type of the weights of the copy.

    Returns
    -------
    keras.Model
        A new model, compiled as `model` is; it is saved to a `.keras` file and loaded like any
        other.

    Raises
    ------
    InputError
        Where `model` is no built Sequential or functional model, `mode` is unknown, or no layer of
        the model can be quantised.

    Warns
    -----
    UserWarning
        Once, for the layers with kernels that stay in float32.

    Examples
    --------
    >>> import epochal
    >>> model = epochal.network("regression", 4, hidden=(16,), seed=0)
    >>> epochal.quantize(model, "float16").layers[-1].kernel.dtype
    'float16'
    """
    check_layer_graph(model, "quantize")
    if mode not in MODES:
        raise InputError(
            f"mode must be one of {', '.join(MODES)}, got {mode!r}: choose one of them."
            f"{suggest(mode, MODES)}"
        )
    return _with_floats(model, mode) if mode in _FLOATS else _with_integers(model, mode)


def _with_floats(model: keras.Model, mode: str) -> keras.Model:
    """A copy whose layers store and compute in `mode` where they did so in float32."""

    def replacement(layer: Any) -> Any:
        """The layer with another dtype policy."""
        if getattr(getattr(layer, "dtype_policy", None), "name", None) != "float32":
            return clone_layer(layer)
        return type(layer).from_config(layer.get_config() | {"dtype": mode})

    try:
        return clone_model(model, replacement)
    except NotImplementedError as error:
        raise InputError(
            f"model must have layers that JAX can compute in {mode}, got {model.name!r}, of which "
            f"one can't ({error}): give 'int8'."
        ) from error


def _with_integers(model: keras.Model, mode: str) -> keras.Model:
    """A copy whose kernels are integers, with a warning for the layers that Keras leaves out."""
    copy = clone_model(model)
    with warnings.catch_warnings():
        # One for each layer without anything to quantise, an input layer too.
        warnings.filterwarnings("ignore", message=".*does not have a `quantize` method")
        copy.quantize(mode)
    layers = flatten_layers(copy, include_self=False)
    if not any(layer.quantization_mode for layer in layers):
        raise InputError(
            f"model must have a Dense, EinsumDense or Embedding layer to become {mode}, got "
            f"{model.name!r} without any: give 'float16', which is for every layer."
        )
    left = [
        f"{layer.name} ({type(layer).__name__})"
        for layer in layers
        if type(layer) in KERNELS and layer.quantization_mode is None
    ]
    if left:
        stays = "stays" if len(left) == 1 else "stay"
        warnings.warn(
            f"{', '.join(left)} {stays} in float32: Keras has {mode} for Dense, EinsumDense and "
            "Embedding layers.",
            stacklevel=3,
        )
    return copy
