"""Smaller and faster at prediction: fold batch normalisation, prune, quantise, and compare."""

from epochal.compaction.folding import fold_batch_normalization

__all__ = ["fold_batch_normalization"]
