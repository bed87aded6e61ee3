"""Weights of fewer bits, through Keras' own quantisation, on a copy."""

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

    ========== ========= ==========================================================
    mode       a kernel  what is stored and computed
    ========== ========= ==========================================================
    "float16"  a half    weights and arithmetic in float16 (11 significant bits)
    "bfloat16" a half    weights and arithmetic in bfloat16 (8 significant bits)
    "int8"     a quarter weights in int8, a scale an output; each row of inputs is
                         rounded to int8 with a scale of its own
    "int4"     an eighth weights in int4, a scale and a zero point for each output
                         and 128 inputs; inputs in float32
    ========== ========= ==========================================================

    An int8 weight stands for :math:`q\, \max|w| / 127`, the maximum over its output's weights, and
    so is off by :math:`\max|w| / 254` at most; an int4 weight by :math:`(\max w - \min w) / 15`.

    A float16 overflows above 65,504: scale inputs that are larger, or take bfloat16.

    It is about size: on a CPU without instructions for these types the arithmetic is not faster,
    and the `native` engine, which computes in float32, does not take such a model. Measure with
    `compact`. The integers are for Dense, EinsumDense and Embedding layers, which are what Keras
    quantises; others stay in float32, with a warning that names them. Integer weights are not
    trained any further.

    Parameters
    ----------
    model : keras.Model
        A built Sequential or functional model in float32. It stays as it is.
    mode : "float16", "bfloat16", "int8" or "int4"
        What the weights become.

    Returns
    -------
    keras.Model
        A new model, compiled as `model` is. It saves and loads as a `.keras` file like any other.

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
    if mode in _FLOATS:
        try:
            return clone_model(model, lambda layer: _with_policy(layer, mode))
        except NotImplementedError as error:
            raise InputError(
                f"model must have layers that JAX can make in {mode}, got {model.name!r}, of which "
                f"one can't ({error}): give 'int8'."
            ) from error
    copy = clone_model(model)
    with warnings.catch_warnings():
        # One for each layer without anything to quantise, an input layer too.
        warnings.filterwarnings("ignore", message=".*does not have a `quantize` method")
        copy.quantize(mode)
    left = [
        f"{layer.name} ({type(layer).__name__})"
        for layer in flatten_layers(copy, include_self=False)
        if type(layer) in KERNELS and layer.quantization_mode is None
    ]
    if not any(layer.quantization_mode for layer in flatten_layers(copy, include_self=False)):
        raise InputError(
            f"model must have a Dense, EinsumDense or Embedding layer to become {mode}, got "
            f"{model.name!r} without any: give 'float16', which is for every layer."
        )
    if left:
        stays = "stays" if len(left) == 1 else "stay"
        warnings.warn(
            f"{', '.join(left)} {stays} in float32: Keras has {mode} for Dense, EinsumDense and "
            "Embedding layers.",
            stacklevel=2,
        )
    return copy


def _with_policy(layer: Any, mode: str) -> Any:
    """A layer as `layer` that stores and computes in `mode`, where `layer` does so in float32."""
    if getattr(getattr(layer, "dtype_policy", None), "name", None) != "float32":
        return clone_layer(layer)
    return type(layer).from_config(layer.get_config() | {"dtype": mode})
