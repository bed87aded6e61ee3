"""Optimisers that Keras does not have, as Keras optimisers."""

from epochal.optimizers.discriminative_rates import DiscriminativeRates

__all__ = ["DiscriminativeRates"]
