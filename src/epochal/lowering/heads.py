"""Heads for distributions as operations of a graph, and their losses as likelihoods."""

from typing import Any

from epochal.distributions import Gaussian, NegativeBinomial, Poisson, StudentT
from epochal.engine.graph import Likelihood, Operation
from epochal.layers import (
    GaussianHead,
    GaussianMixtureHead,
    NegativeBinomialHead,
    PoissonHead,
    QuantileHead,
    StudentTHead,
)
from epochal.losses import (
    GaussianLikelihood,
    GaussianMixtureLikelihood,
    NegativeBinomialLikelihood,
    PinballLoss,
    PoissonLikelihood,
    StudentTLikelihood,
)
from epochal.lowering.builder import GraphBuilder, kind_of, new_parameter
from epochal.lowering.unsupported import Unsupported

HEADS: dict[type, str] = {
    GaussianHead: "gaussian_head",
    StudentTHead: "student_t_head",
    QuantileHead: "quantiles_head",
    GaussianMixtureHead: "gaussian_mixture_head",
    PoissonHead: "poisson_head",
    NegativeBinomialHead: "negative_binomial_head",
}
LIKELIHOODS: dict[type, str] = {
    GaussianLikelihood: "gaussian",
    StudentTLikelihood: "student_t",
    PinballLoss: "quantiles",
    GaussianMixtureLikelihood: "gaussian_mixture",
    PoissonLikelihood: "poisson",
    NegativeBinomialLikelihood: "negative_binomial",
}
_SIZES = {
    "gaussian": Gaussian.size,
    "student_t": StudentT.size,
    "poisson": Poisson.size,
    "negative_binomial": NegativeBinomial.size,
}


def add_head(builder: GraphBuilder, layer: Any) -> None:
    """A Dense layer, whose outputs are made parameters of distributions."""
    if len(builder.shape) != 1:
        raise Unsupported(f"{kind_of(layer)} applied to rows of more than one dimension")
    size = layer.distribution.size
    kernel = new_parameter(builder, layer, layer.kernel, "kernel")
    bias = new_parameter(builder, layer, layer.bias, "bias")
    builder.append(Operation(kind="dense", parameters=(kernel, bias, -1, -1)))
    builder.shape = (layer.outputs, size)
    builder.append(Operation(kind=HEADS[type(layer)], part=size))


def likelihood_of(loss: Any, shape: tuple[int | None, ...]) -> Likelihood | None:
    """What the engine calls a loss of a distribution; None of another one.

    Parameters
    ----------
    loss : keras.losses.Loss
    shape : tuple of int or None
        Of the outputs: (rows, outputs, parameters), else there is none.
    """
    family = LIKELIHOODS.get(type(loss))
    size = shape[-1] if len(shape) == 3 else None
    if family is None or size is None:
        return None
    levels = loss.levels if family == "quantiles" else ()
    fits = (
        size % 3 == 0 if family == "gaussian_mixture" else size == _SIZES.get(family, len(levels))
    )
    beta = float(getattr(loss, "beta", 0.0))
    return Likelihood(family=family, size=size, beta=beta, levels=levels) if fits else None
