"""Smaller and faster at prediction: fold batch normalisation, prune, quantise, and compare."""

from epochal.compaction.compacting import Compaction, compact
from epochal.compaction.folding import fold_batch_normalization
from epochal.compaction.pruning import Pruning, prune
from epochal.compaction.quantizing import quantize
from epochal.compaction.sparsity import PolynomialSparsity, sparsity_of

__all__ = [
    "Compaction",
    "PolynomialSparsity",
    "Pruning",
    "compact",
    "fold_batch_normalization",
    "prune",
    "quantize",
    "sparsity_of",
]
