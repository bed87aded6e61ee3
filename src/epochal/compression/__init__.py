"""Model compression: folding of batch normalisation, pruning, quantisation, and a comparison."""

from epochal.compression.comparison import CompressionReport, compress
from epochal.compression.folding import fold_batch_normalization
from epochal.compression.pruning import Pruning, prune
from epochal.compression.quantization import quantize
from epochal.compression.sparsity import PolynomialSparsity, sparsity_of

__all__ = [
    "CompressionReport",
    "PolynomialSparsity",
    "Pruning",
    "compress",
    "fold_batch_normalization",
    "prune",
    "quantize",
    "sparsity_of",
]
