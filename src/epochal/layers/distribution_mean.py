"""A layer that gives the means of what a head for a distribution predicts."""

from collections.abc import Sequence
from typing import Any, Self

import keras
import numpy as np
from keras import ops

from epochal.distributions import Family, GaussianMixture, Quantiles


@keras.saving.register_keras_serializable(package="epochal")
class DistributionMean(keras.layers.Layer):
    """Means of distributions: from (rows, outputs, parameters) to (rows, outputs).

    It follows a head for a distribution where a number alone is wanted.

    Parameters
    ----------
    weights : sequence of float, optional
        How much each parameter counts in the mean, which is their weighted sum. None takes the
        parameters for those of a mixture: shares, means and variances, a third each.

    Examples
    --------
    >>> from epochal.distributions import Gaussian
    >>> mean = DistributionMean.of(Gaussian())
    >>> np.asarray(mean(np.array([[[3.0, 0.25]]]))).tolist()
    [[3.0]]
    """

    def __init__(self, weights: Sequence[float] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.parameter_weights = None if weights is None else tuple(map(float, weights))

    @classmethod
    def of(cls, family: Family, **kwargs: Any) -> Self:
        """That of a family of distributions; `kwargs` are those of the layer."""
        return cls(_weights_of(family), **kwargs)

    def call(self, inputs: Any) -> Any:
        """From (rows, outputs, parameters) to (rows, outputs)."""
        if self.parameter_weights is None:
            shares, means, _ = ops.split(inputs, 3, axis=-1)
            return ops.sum(shares * means, axis=-1)
        weights = ops.convert_to_tensor(self.parameter_weights, inputs.dtype)
        return ops.sum(inputs * weights, axis=-1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(rows, outputs)."""
        return tuple(input_shape[:-1])

    def get_config(self) -> dict[str, Any]:
        """The arguments of this layer."""
        weights = self.parameter_weights
        config: dict[str, Any] = super().get_config()
        return config | {"weights": None if weights is None else list(weights)}


def _weights_of(family: Family) -> list[float] | None:
    if isinstance(family, GaussianMixture):
        return None
    if isinstance(family, Quantiles):
        found: list[float] = family.mean(np.eye(family.size)).tolist()
        return found
    return [1.0] + [0.0] * (family.size - 1)
