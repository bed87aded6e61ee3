"""Dropout and noise at inference too: Keras' layers with ``training=True`` forced.

Source: Y. Gal and Z. Ghahramani, "Dropout as a Bayesian Approximation", 2016, arXiv:1506.02142.
"""

from typing import Any

import keras

_registered = keras.saving.register_keras_serializable(package="epochal")


class _AlwaysOn:
    """A mixin before a Keras layer: its noise is drawn, whatever `training` says."""

    def call(self, inputs: Any, training: Any = True) -> Any:
        """The inputs with noise, as in training."""
        return super().call(inputs, training=True)  # type: ignore[misc]


@_registered
class MCDropout(_AlwaysOn, keras.layers.Dropout):
    """`keras.layers.Dropout` that also drops at inference.

    Parameters
    ----------
    rate : float
        Fraction of the inputs to drop, in [0, 1]; the others are divided by 1 - rate.
    noise_shape, seed, **kwargs
        As in `keras.layers.Dropout`.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> layer = epochal.layers.MCDropout(0.5, seed=1)
    >>> sorted(set(np.asarray(layer(np.ones((4, 8)), training=False)).ravel().tolist()))
    [0.0, 2.0]
    """


@_registered
class MCAlphaDropout(_AlwaysOn, keras.layers.AlphaDropout):
    """`keras.layers.AlphaDropout`, for SELU networks, that also drops at inference.

    Parameters
    ----------
    rate : float
        Fraction of the inputs to set to SELU's lower limit, in [0, 1]; the mean and variance of
        standardised inputs stay 0 and 1.
    noise_shape, seed, **kwargs
        As in `keras.layers.AlphaDropout`.
    """


@_registered
class MCGaussianDropout(_AlwaysOn, keras.layers.GaussianDropout):
    """`keras.layers.GaussianDropout` that also multiplies by noise at inference.

    Parameters
    ----------
    rate : float
        Rate in [0, 1]: the noise has mean 1 and standard deviation sqrt(rate / (1 - rate)).
    seed, **kwargs
        As in `keras.layers.GaussianDropout`.
    """


@_registered
class MCGaussianNoise(_AlwaysOn, keras.layers.GaussianNoise):
    """`keras.layers.GaussianNoise` that also adds noise at inference.

    Parameters
    ----------
    stddev : float
        Standard deviation of the noise, in [0, 1].
    seed, **kwargs
        As in `keras.layers.GaussianNoise`.
    """


@_registered
class MCSpatialDropout1D(_AlwaysOn, keras.layers.SpatialDropout1D):
    """`keras.layers.SpatialDropout1D` that also drops whole channels at inference.

    Parameters
    ----------
    rate : float
        Fraction of the channels of an input (rows, steps, channels) to drop, in [0, 1].
    seed, name, dtype
        As in `keras.layers.SpatialDropout1D`.
    """


@_registered
class MCSpatialDropout2D(_AlwaysOn, keras.layers.SpatialDropout2D):
    """`keras.layers.SpatialDropout2D` that also drops whole channels at inference.

    Parameters
    ----------
    rate : float
        Fraction of the channels of an image (rows, height, width, channels) to drop, in
        [0, 1].
    data_format, seed, name, dtype
        As in `keras.layers.SpatialDropout2D`.
    """


@_registered
class MCSpatialDropout3D(_AlwaysOn, keras.layers.SpatialDropout3D):
    """`keras.layers.SpatialDropout3D` that also drops whole channels at inference.

    Parameters
    ----------
    rate : float
        Fraction of the channels of a volume (rows, depth, height, width, channels) that is dropped,
        in [0, 1].
    data_format, seed, name, dtype
        As in `keras.layers.SpatialDropout3D`.
    """
