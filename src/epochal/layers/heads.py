"""Last layers that give a distribution of each number in place of the number.

A head is a Dense layer whose outputs are made the parameters of a distribution; train it with the
loss of the same name in `epochal.losses`. `epochal.predict(..., uncertainty=...)` knows what its
outputs say.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from epochal.checks import check_whole
from epochal.distributions import (
    Family,
    Gaussian,
    GaussianMixture,
    NegativeBinomial,
    Poisson,
    Quantiles,
    StudentT,
)

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
LEAST = 1e-6  # a variance, scale, rate or dispersion: above 0, and its square within float32
LARGEST_LOG = 20.0  # of a rate: beyond it a step of the training would overflow

_registered = keras.saving.register_keras_serializable(package="epochal")


class DistributionHead(keras.layers.Layer):
    """A layer that gives the parameters of a distribution of each of several numbers.

    From (rows, features) to (rows, outputs, parameters). Abstract: see its kinds.

    Attributes
    ----------
    distribution : epochal.distributions.Family
        What the parameters mean.
    """

    distribution: Family

    def __init__(self, outputs: int = 1, kernel_initializer: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.outputs = check_whole("outputs", outputs, 1, "give the number of targets")
        self.kernel_initializer = keras.initializers.get(kernel_initializer or "glorot_uniform")
        self.kernel: Any = None
        self.bias: Any = None

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the kernel and the bias."""
        width = self.outputs * self.distribution.size
        self.kernel = self.add_weight(
            shape=(input_shape[-1], width), initializer=self.kernel_initializer, name="kernel"
        )
        self.bias = self.add_weight(shape=(width,), initializer=self._first_bias, name="bias")

    def call(self, inputs: Any) -> Any:
        """From (rows, features) to (rows, outputs, parameters)."""
        raw = ops.add(ops.matmul(inputs, self.kernel), self.bias)
        return self.parameters_of(ops.reshape(raw, (-1, self.outputs, self.distribution.size)))

    def parameters_of(self, raw: Any) -> Any:
        """Any numbers (..., parameters) as parameters of the distribution."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(rows, outputs, parameters)."""
        return (input_shape[0], self.outputs, self.distribution.size)

    def get_config(self) -> dict[str, Any]:
        """The arguments of this layer."""
        config: dict[str, Any] = super().get_config()
        initializer = keras.initializers.serialize(self.kernel_initializer)
        return config | {"outputs": self.outputs, "kernel_initializer": initializer}

    def _first_bias(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        return ops.zeros(shape, dtype)


@_registered
class GaussianHead(DistributionHead):
    """Normal distributions: mean and variance of each number.

    Train it with `epochal.losses.GaussianLikelihood`, on targets of about mean 0 and standard
    deviation 1.

    Parameters
    ----------
    outputs : int
        How many numbers are predicted.
    kernel_initializer : str or keras.initializers.Initializer, optional
        None takes Glorot's, as Dense does.

    Examples
    --------
    >>> import keras
    >>> from epochal.layers import GaussianHead
    >>> from epochal.losses import GaussianLikelihood
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), GaussianHead()])
    >>> model.compile("nadam", GaussianLikelihood())
    >>> model.output_shape
    (None, 1, 2)
    """

    distribution = Gaussian()

    def parameters_of(self, raw: Any) -> Any:
        """Mean and variance."""
        mean, spread = ops.split(raw, 2, axis=-1)
        return ops.concatenate([mean, _positive(spread)], axis=-1)


@_registered
class StudentTHead(DistributionHead):
    """Student's t distributions: location, scale, and degrees of freedom above 2.

    For numbers with outliers. Train it with `epochal.losses.StudentTLikelihood`, on targets of
    about mean 0 and standard deviation 1.

    Parameters
    ----------
    outputs, kernel_initializer
        As in `GaussianHead`.
    """

    distribution = StudentT()

    def parameters_of(self, raw: Any) -> Any:
        """Location, scale and degrees of freedom."""
        location, scale, degrees = ops.split(raw, 3, axis=-1)
        # At the start about 9 degrees: tails that learn, and a variance that is finite.
        more = 10 * _positive(degrees)
        return ops.concatenate([location, _positive(scale), 2.01 + more], axis=-1)


@_registered
class QuantileHead(DistributionHead):
    """Quantiles of each number, which do not cross: each is the one below plus what is above 0.

    Train it with `epochal.losses.PinballLoss` of the same levels.

    Parameters
    ----------
    outputs : int
        How many numbers are predicted.
    levels : sequence of float
        Rising, in (0, 1), at least two.
    kernel_initializer : str or keras.initializers.Initializer, optional
        As in `GaussianHead`.

    Raises
    ------
    InputError
        Levels that do not rise, or are not in (0, 1).
    """

    def __init__(
        self,
        outputs: int = 1,
        levels: Sequence[float] = LEVELS,
        kernel_initializer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(outputs, kernel_initializer, **kwargs)
        self.distribution = Quantiles(tuple(levels))

    def parameters_of(self, raw: Any) -> Any:
        """The quantiles, from the lowest to the highest."""
        steps = ops.concatenate([raw[..., :1], _positive(raw[..., 1:])], axis=-1)
        return ops.cumsum(steps, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments of this layer."""
        return super().get_config() | {"levels": list(self.distribution.levels)}  # type: ignore[attr-defined]


@_registered
class GaussianMixtureHead(DistributionHead):
    """Mixtures of normal distributions: weights, means and variances of the components.

    For numbers of several modes. Train it with `epochal.losses.GaussianMixtureLikelihood`, on
    targets of about mean 0 and standard deviation 1.

    Parameters
    ----------
    outputs : int
        How many numbers are predicted.
    components : int
        How many normal distributions are mixed, at least 1.
    kernel_initializer : str or keras.initializers.Initializer, optional
        As in `GaussianHead`.

    References
    ----------
    C. M. Bishop, "Mixture Density Networks", 1994.
    """

    def __init__(
        self, outputs: int = 1, components: int = 3, kernel_initializer: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(outputs, kernel_initializer, **kwargs)
        self.components = check_whole("components", components, 1, "3 is usual")
        self.distribution = GaussianMixture(self.components)

    def parameters_of(self, raw: Any) -> Any:
        """Weights, means, variances."""
        weights, means, spreads = ops.split(raw, 3, axis=-1)
        shares = ops.softmax(weights, axis=-1)
        return ops.concatenate([shares, means, _positive(spreads)], axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments of this layer."""
        return super().get_config() | {"components": self.components}

    def _first_bias(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Means apart from one another at the start: components that are equal stay so."""
        apart = ops.linspace(-1.0, 1.0, self.components) if self.components > 1 else [0.0]
        zeros = ops.zeros((self.components,))
        one = ops.concatenate([zeros, ops.convert_to_tensor(apart), zeros])
        return ops.cast(ops.tile(one, (self.outputs,)), dtype or "float32")


@_registered
class PoissonHead(DistributionHead):
    """Poisson distributions of counts: the rate, on a log scale.

    Train it with `epochal.losses.PoissonLikelihood`, on counts as they are.

    Parameters
    ----------
    outputs, kernel_initializer
        As in `GaussianHead`.
    """

    distribution = Poisson()

    def parameters_of(self, raw: Any) -> Any:
        """The rate."""
        return _rate(raw)


@_registered
class NegativeBinomialHead(DistributionHead):
    """Negative binomial distributions of counts that scatter more than Poisson's.

    Mean m, on a log scale, and dispersion a: the variance is m + a m^2. Train it with
    `epochal.losses.NegativeBinomialLikelihood`, on counts as they are.

    Parameters
    ----------
    outputs, kernel_initializer
        As in `GaussianHead`.
    """

    distribution = NegativeBinomial()

    def parameters_of(self, raw: Any) -> Any:
        """Mean and dispersion."""
        mean, dispersion = ops.split(raw, 2, axis=-1)
        return ops.concatenate([_rate(mean), 1e-3 + _positive(dispersion)], axis=-1)


def _positive(raw: Any) -> Any:
    return ops.softplus(raw) + LEAST


def _rate(raw: Any) -> Any:
    """The exponential, smoothly bounded: it has a slope everywhere, and is finite."""
    return ops.exp(LARGEST_LOG * ops.tanh(raw / LARGEST_LOG)) + LEAST
