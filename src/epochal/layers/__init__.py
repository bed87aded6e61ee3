"""Layers that Keras does not have, as Keras layers.

Each is saved to a `.keras` file and loaded from it (``import epochal.layers`` first) without
`custom_objects`. The MC layers are Keras' noise layers with ``training=True`` forced: they stay
stochastic at inference, as Monte-Carlo dropout needs. A new one of them joins `ALL_LAYERS`, which
the tests and `epochal.monte_carlo` go through.
"""

import keras

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

__all__ = [
    "ALL_LAYERS",
    "MCAlphaDropout",
    "MCDropout",
    "MCGaussianDropout",
    "MCGaussianNoise",
    "MCSpatialDropout1D",
    "MCSpatialDropout2D",
    "MCSpatialDropout3D",
    "TiedDense",
]
