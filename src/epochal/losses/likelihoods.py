"""Losses of networks that predict distributions: minus the log likelihood, and pinball losses."""

from collections.abc import Sequence
from math import log, pi
from typing import Any

import keras
from jax.scipy.special import gammaln
from keras import ops

from epochal.distributions import Quantiles
from epochal.errors import InputError

_registered = keras.saving.register_keras_serializable(package="epochal")
_HALF_LOG_2_PI = log(2 * pi) / 2


class LikelihoodLoss(keras.losses.Loss):
    """Minus the log likelihood of targets (rows, outputs), the mean over the outputs of a row."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each row, (rows,)."""
        y = ops.reshape(y_true, ops.shape(y_pred)[:-1])
        return ops.mean(self.loss_of(y, y_pred), axis=-1)

    def loss_of(self, y: Any, parameters: Any) -> Any:
        """The loss of each target, (rows, outputs), for parameters (rows, outputs, size)."""
        raise NotImplementedError


@_registered
class GaussianLikelihood(LikelihoodLoss):
    """The loss of `epochal.layers.GaussianHead`: ``(log(2 pi v) + (y - m)^2 / v) / 2``.

    It alone trains badly: where the variance v is large the mean is hardly moved, and it stays
    large. Each row is therefore weighted by v^beta, of which no gradient is taken.

    Parameters
    ----------
    beta : float
        From 0, the plain likelihood, to 1, at which means are trained as by the squared error.
    name, **kwargs
        As in `keras.losses.Loss`.

    Raises
    ------
    InputError
        `beta` is not in [0, 1].

    References
    ----------
    M. Seitzer et al., "On the pitfalls of heteroscedastic uncertainty estimation with probabilistic
    neural networks", ICLR 2022, arXiv:2203.09168.
    """

    def __init__(self, beta: float = 0.5, name: str = "gaussian_likelihood", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        if not 0 <= beta <= 1:
            raise InputError(f"beta must be from 0 to 1, got {beta!r}: 0.5 is usual.")
        self.beta = beta

    def loss_of(self, y: Any, parameters: Any) -> Any:
        """See the class."""
        mean, variance = parameters[..., 0], parameters[..., 1]
        loss = _HALF_LOG_2_PI + (ops.log(variance) + ops.square(y - mean) / variance) / 2
        return ops.stop_gradient(variance**self.beta) * loss

    def get_config(self) -> dict[str, Any]:
        """The arguments of this loss."""
        config: dict[str, Any] = super().get_config()
        return config | {"beta": self.beta}


@_registered
class StudentTLikelihood(LikelihoodLoss):
    """The loss of `epochal.layers.StudentTHead`.

    Parameters
    ----------
    name, **kwargs
        As in `keras.losses.Loss`.
    """

    def __init__(self, name: str = "student_t_likelihood", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def loss_of(self, y: Any, parameters: Any) -> Any:
        """See the class."""
        location, scale, degrees = (parameters[..., at] for at in range(3))
        z = (y - location) / scale
        half = (degrees + 1) / 2
        # log(1 + z^2 / d) from the log of z^2, which does not overflow where z is large.
        tail = ops.log1p(ops.square(ops.minimum(ops.abs(z), 1e15)) / degrees)
        return (
            gammaln(degrees / 2) - gammaln(half)
            + ops.log(degrees * pi) / 2 + ops.log(scale) + half * tail
        )  # fmt: skip


@_registered
class PinballLoss(LikelihoodLoss):
    """The loss of `epochal.layers.QuantileHead`: the mean of the pinball losses of its levels.

    ``max(t (y - q), (t - 1) (y - q))`` of the quantile q at level t, which it is least at.

    Parameters
    ----------
    levels : sequence of float
        Those of the head.
    name, **kwargs
        As in `keras.losses.Loss`.

    Raises
    ------
    InputError
        Levels that do not rise, or are not in (0, 1).

    References
    ----------
    R. Koenker and G. Bassett, "Regression quantiles", Econometrica 46, 1978.
    """

    def __init__(
        self,
        levels: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95),
        name: str = "pinball_loss",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.levels = Quantiles(tuple(levels)).levels

    def loss_of(self, y: Any, parameters: Any) -> Any:
        """See the class."""
        levels = ops.convert_to_tensor(self.levels, parameters.dtype)
        missed = y[..., None] - parameters
        return ops.mean(ops.maximum(levels * missed, (levels - 1) * missed), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments of this loss."""
        config: dict[str, Any] = super().get_config()
        return config | {"levels": list(self.levels)}


@_registered
class GaussianMixtureLikelihood(LikelihoodLoss):
    """The loss of `epochal.layers.GaussianMixtureHead`.

    Parameters
    ----------
    name, **kwargs
        As in `keras.losses.Loss`.
    """

    def __init__(self, name: str = "gaussian_mixture_likelihood", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def loss_of(self, y: Any, parameters: Any) -> Any:
        """See the class."""
        weights, means, variances = ops.split(parameters, 3, axis=-1)
        each = -(ops.log(variances) + ops.square(y[..., None] - means) / variances) / 2
        shares = ops.log(ops.maximum(weights, 1e-30))
        return _HALF_LOG_2_PI - ops.logsumexp(shares + each, axis=-1)


@_registered
class PoissonLikelihood(LikelihoodLoss):
    """The loss of `epochal.layers.PoissonHead`: ``rate - y log rate + log y!``.

    Parameters
    ----------
    name, **kwargs
        As in `keras.losses.Loss`.
    """

    def __init__(self, name: str = "poisson_likelihood", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def loss_of(self, y: Any, parameters: Any) -> Any:
        """See the class."""
        rate = parameters[..., 0]
        return rate - y * ops.log(rate) + gammaln(y + 1)


@_registered
class NegativeBinomialLikelihood(LikelihoodLoss):
    """The loss of `epochal.layers.NegativeBinomialHead`.

    Parameters
    ----------
    name, **kwargs
        As in `keras.losses.Loss`.
    """

    def __init__(self, name: str = "negative_binomial_likelihood", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def loss_of(self, y: Any, parameters: Any) -> Any:
        """See the class."""
        mean, dispersion = parameters[..., 0], parameters[..., 1]
        size = 1 / dispersion
        failed = ops.log1p(dispersion * mean)
        return (
            gammaln(size) + gammaln(y + 1) - gammaln(y + size)
            + size * failed + y * (failed - ops.log(dispersion * mean))
        )  # fmt: skip
