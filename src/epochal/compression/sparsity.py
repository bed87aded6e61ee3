"""Sparsity: its schedule over the epochs, the weights that it leaves, and what a model has."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import keras
import numpy as np
import pandas as pd

from epochal.checks import check_whole
from epochal.compat._keras import flatten_layers
from epochal.compression.affine import LAYOUTS
from epochal.errors import InputError, suggest

# A depthwise kernel has few weights, and each output has no others.
_KEPT = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)
KERNELS = {
    **{kind: layout.kernel for kind, layout in LAYOUTS.items() if kind not in _KEPT},
    keras.layers.EinsumDense: "kernel",
}


@dataclass(frozen=True, kw_only=True)
class PolynomialSparsity:
    r"""A schedule of sparsity that rises fast while many weights are redundant, then slowly.

    .. math:: s_e = s_f + (s_i - s_f) \left(1 - \frac{e - b}{n - b}\right)^p

    from the epoch b = `begin` to n = `end`; :math:`s_i` before and the final :math:`s_f` after.

    Parameters
    ----------
    begin : int
        The epoch, counted from 0, up to which the sparsity is `initial`.
    end : int, optional
        The epoch from which it is final. None: half of the epochs of the fit, so that the other
        half can recover what pruning cost.
    initial : float
        The sparsity at the beginning, at least 0 and below 1.
    power : float
        The exponent, above 0; 3 in the paper.

    Raises
    ------
    InputError
        An epoch that is negative or not a whole number, an `end` before `begin`, an `initial`
        outside [0, 1), or a `power` that is not above 0.

    References
    ----------
    M. Zhu, S. Gupta, "To Prune, or Not to Prune: Exploring the Efficacy of Pruning for Model
    Compression", 2017, equation 1. The paper updates the masks every 100 to 1,000 steps; here they
    are updated at the beginning of an epoch, which costs nothing.

    Examples
    --------
    >>> from epochal.compression import PolynomialSparsity
    >>> schedule = PolynomialSparsity(end=4)
    >>> [round(schedule(epoch, 8, 0.8), 4) for epoch in range(6)]
    [0.0, 0.4625, 0.7, 0.7875, 0.8, 0.8]
    """

    begin: int = 0
    end: int | None = None
    initial: float = 0.0
    power: float = 3.0

    def __post_init__(self) -> None:
        check_whole("begin", self.begin, 0, "give an epoch, counted from 0")
        if self.end is not None:
            check_whole("end", self.end, 0, "give an epoch, or None for half of the fit")
            if self.end < self.begin:
                raise InputError(
                    f"end must be at least begin, {self.begin}, got {self.end}: swap the two."
                )
        check_sparsity("initial", self.initial)
        if not isinstance(self.power, Real) or not float(self.power) > 0:
            raise InputError(f"power must be above 0, got {self.power!r}: give for example 3.")

    def __call__(self, epoch: int, epochs: int, final: float) -> float:
        """The sparsity of `epoch` in a fit of `epochs` that ends at `final`."""
        end = self.last(epochs)
        if epoch >= end:
            return final
        left = 1 - max(0, epoch - self.begin) / (end - self.begin)
        sparsity: float = final + (self.initial - final) * left**self.power
        return sparsity

    def last(self, epochs: int) -> int:
        """The epoch from which the sparsity is final."""
        return max(self.begin, epochs // 2) if self.end is None else self.end


def check_sparsity(name: str, value: Any) -> float:
    """`value` as a float, or `InputError` unless it lies in [0, 1)."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < 1:
        hint = " (which leaves nothing)" if value == 1 else ""
        raise InputError(
            f"{name} must be a fraction of the weights, at least 0 and below 1, got "
            f"{value!r}{hint}: give for example 0.8."
        )
    return float(value)


def kernels_of(model: keras.Model, layers: Sequence[str] | None) -> dict[str, keras.Variable]:
    """The trainable kernels by the names of their layers; of all layers where `layers` is None."""
    known = {
        layer.name: getattr(layer, KERNELS[type(layer)])
        for layer in flatten_layers(model, include_self=False)
        if type(layer) in KERNELS
        and layer.trainable
        and layer.built
        # A quantised layer has no gradient.
        and not getattr(layer, "quantization_mode", None)
    }
    if layers is None:
        if not known:
            raise InputError(
                f"model must have a trainable Dense or convolution layer to prune, got "
                f"{model.name!r} without any: unfreeze one, or prune another model."
            )
        return known
    if isinstance(layers, str) or not layers:
        given = [layers] if layers else ["dense"]
        raise InputError(
            f"layers must be a list of names of layers, got {layers!r}: give "
            f"{'' if layers else 'for example '}{given}, or None for all."
        )
    for name in layers:
        if name not in known:
            raise InputError(
                f"layers must name trainable Dense or convolution layers of the model, got "
                f"{name!r}: choose among {', '.join(known)}.{suggest(name, known)}"
            )
    return {name: known[name] for name in layers}


def magnitude_mask(weights: np.ndarray, sparsity: float) -> np.ndarray:
    """The pruning mask of a kernel: False for the fraction `sparsity` of the smallest magnitude.

    Zeros count as smallest, so that a pruned weight stays pruned.

    Parameters
    ----------
    weights : ndarray
        A kernel of any shape.
    sparsity : float
        At least 0 and below 1.

    Returns
    -------
    ndarray of bool
        Of the shape of `weights`; True keeps a weight.
    """
    smallest = np.argsort(np.abs(weights), axis=None, kind="stable")
    keep = np.ones(weights.size, bool)
    keep[smallest[: round(sparsity * weights.size)]] = False
    return keep.reshape(weights.shape)


def sparsity_of(model: keras.Model) -> pd.DataFrame:
    """The sparsity of each kernel of a model.

    Parameters
    ----------
    model : keras.Model
        Any model; layers that are not built are left out.

    Returns
    -------
    pandas.DataFrame
        A row for each layer with a kernel (Dense, EinsumDense, convolutions but depthwise ones),
        nested ones too, by the layer's name: `weights` and `zeros` as counts, and `sparsity`, the
        fraction of zeros.

    Examples
    --------
    >>> import epochal
    >>> model = epochal.network("regression", 4, hidden=(16,), seed=0)
    >>> int(epochal.sparsity_of(model)["zeros"].sum())
    0
    """
    zeros = {
        layer.name: _zeros(layer)
        for layer in flatten_layers(model, include_self=False)
        if type(layer) in KERNELS and layer.built
    }
    table = pd.DataFrame(
        {
            "weights": {name: zero.size for name, zero in zeros.items()},
            "zeros": {name: int(zero.sum()) for name, zero in zeros.items()},
        }
    ).rename_axis("layer")
    return table.assign(sparsity=table["zeros"] / table["weights"])


def _zeros(layer: Any) -> np.ndarray:
    """Where a layer's kernel is zero; an int4 kernel is at its zero points."""
    kernel = np.asarray(getattr(layer, KERNELS[type(layer)]))
    if type(layer) is not keras.layers.Dense or getattr(layer, "kernel_zero", None) is None:
        return np.asarray(kernel == 0)
    groups = np.asarray(layer.g_idx).astype(int)
    return np.asarray(kernel == np.asarray(layer.kernel_zero)[groups])
