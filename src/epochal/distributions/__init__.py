"""Distributions of a number, as networks' outputs say them: on arrays, by SciPy."""

from epochal.distributions.families import (
    ALL_FAMILIES,
    Gaussian,
    GaussianMixture,
    NegativeBinomial,
    Poisson,
    Quantiles,
    StudentT,
)
from epochal.distributions.family import Family
from epochal.distributions.mixture import Mixture

__all__ = [
    "ALL_FAMILIES",
    "Family",
    "Gaussian",
    "GaussianMixture",
    "Mixture",
    "NegativeBinomial",
    "Poisson",
    "Quantiles",
    "StudentT",
]
