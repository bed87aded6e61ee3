"""Weights that stay zero through a fit, whatever the optimiser does.

A mask is a variable of the optimiser, because that is the only state which Keras carries into the
step where constraints are applied; anything else would become a constant of the compiled program.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from epochal.bridge.optimizer import base_optimizer
from epochal.bridge.state import assign_values
from epochal.compat._keras import untrack_variable


class Masked(keras.constraints.Constraint):
    """A constraint that keeps weights at zero where `mask` is; `inner` is the layer's own."""

    def __init__(self, mask: keras.Variable, inner: Any = None):
        self.mask, self.inner = mask, inner

    def __call__(self, w: Any) -> Any:
        w = self._with_zeros(keras.ops.convert_to_tensor(w))
        return w if self.inner is None else self._with_zeros(self.inner(w))

    def _with_zeros(self, w: Any) -> Any:
        # Not a product: a negative weight would leave -0.0, one that overflowed a NaN.
        return keras.ops.where(self.mask > 0, w, keras.ops.zeros_like(w))


def install(model: keras.Model, variables: Sequence[keras.Variable]) -> None:
    """Give each of a model's weights a mask of ones, unless it has one already.

    The model's optimiser must be built, as it is when callbacks are first called.
    """
    optimizer = base_optimizer(model.optimizer)
    for variable in variables:
        if not isinstance(variable.constraint, Masked):
            mask = optimizer.add_variable_from_reference(variable, "mask", "ones")
            variable.constraint = Masked(mask, variable.constraint)


def apply(variables: Sequence[keras.Variable], masks: Sequence[np.ndarray]) -> None:
    """Set the masks (True keeps a weight), and the weights to zero where they are False."""
    for variable, mask in zip(variables, masks, strict=True):
        assign_values([(variable.constraint.mask, mask)])
        assign_values([(variable, np.where(mask, np.asarray(variable), 0))])


def uninstall(model: keras.Model, variables: Sequence[keras.Variable]) -> None:
    """Remove the masks: the weights that they kept at zero may change again."""
    optimizer = base_optimizer(model.optimizer)
    for variable in variables:
        if isinstance(variable.constraint, Masked):
            untrack_variable(optimizer, variable.constraint.mask)
            variable.constraint = variable.constraint.inner
