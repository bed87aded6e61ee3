"""Optimisers that Keras lacks, as Keras optimisers."""

from epochal.optimizers.discriminative_rates import DiscriminativeRates

__all__ = ["DiscriminativeRates"]
