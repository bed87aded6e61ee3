"""Losses that Keras does not have, as Keras losses: those of the heads in `epochal.layers`.

Each is saved with a model and loaded with it (``import epochal.losses`` first).
"""

from epochal.losses.likelihoods import (
    GaussianLikelihood,
    GaussianMixtureLikelihood,
    NegativeBinomialLikelihood,
    PinballLoss,
    PoissonLikelihood,
    StudentTLikelihood,
)

__all__ = [
    "GaussianLikelihood",
    "GaussianMixtureLikelihood",
    "NegativeBinomialLikelihood",
    "PinballLoss",
    "PoissonLikelihood",
    "StudentTLikelihood",
]
