"""Smaller and faster at prediction: fold batch normalisation, prune, quantise, and compare."""

from epochal.compaction.folding import fold_batch_normalization
from epochal.compaction.pruning import Pruning, prune
from epochal.compaction.sparsity import PolynomialSparsity, sparsity_of

__all__ = [
    "PolynomialSparsity",
    "Pruning",
    "fold_batch_normalization",
    "prune",
    "sparsity_of",
]
