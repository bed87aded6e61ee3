"""Layers that Keras does not have, as Keras layers.

Each is saved to a `.keras` file and loaded from it (``import epochal.layers`` first) without
`custom_objects`. The MC layers are Keras' noise layers with ``training=True`` forced: they stay
stochastic at inference, as Monte-Carlo dropout needs. A new one of them joins `ALL_LAYERS`, which
the tests and `epochal.monte_carlo` go through.
"""

import keras

from epochal.layers.distribution_mean import DistributionMean
from epochal.layers.heads import (
    DistributionHead,
    GaussianHead,
    GaussianMixtureHead,
    NegativeBinomialHead,
    PoissonHead,
    QuantileHead,
    StudentTHead,
)
from epochal.layers.monte_carlo import (
    MCAlphaDropout,
    MCDropout,
    MCGaussianDropout,
    MCGaussianNoise,
    MCSpatialDropout1D,
    MCSpatialDropout2D,
    MCSpatialDropout3D,
)
from epochal.layers.tied_dense import TiedDense

ALL_LAYERS: dict[type[keras.Layer], type[keras.Layer]] = {
    keras.layers.Dropout: MCDropout,
    keras.layers.AlphaDropout: MCAlphaDropout,
    keras.layers.GaussianDropout: MCGaussianDropout,
    keras.layers.GaussianNoise: MCGaussianNoise,
    keras.layers.SpatialDropout1D: MCSpatialDropout1D,
    keras.layers.SpatialDropout2D: MCSpatialDropout2D,
    keras.layers.SpatialDropout3D: MCSpatialDropout3D,
}
"""Keras' layer -> the counterpart that stays stochastic at inference."""

ALL_HEADS: tuple[type[DistributionHead], ...] = (
    GaussianHead,
    StudentTHead,
    QuantileHead,
    GaussianMixtureHead,
    PoissonHead,
    NegativeBinomialHead,
)
"""The last layers that give a distribution."""

__all__ = [
    "ALL_HEADS",
    "ALL_LAYERS",
    "DistributionHead",
    "DistributionMean",
    "GaussianHead",
    "GaussianMixtureHead",
    "MCAlphaDropout",
    "MCDropout",
    "MCGaussianDropout",
    "MCGaussianNoise",
    "MCSpatialDropout1D",
    "MCSpatialDropout2D",
    "MCSpatialDropout3D",
    "NegativeBinomialHead",
    "PoissonHead",
    "QuantileHead",
    "StudentTHead",
    "TiedDense",
]
