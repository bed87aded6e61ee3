"""Networks after the documents' guidelines: one line from a task to a compiled Keras model."""

from epochal.models.guidelines import ALL_GUIDELINES, Guideline
from epochal.models.network import network
from epochal.models.sizes import hidden_sizes

__all__ = ["ALL_GUIDELINES", "Guideline", "hidden_sizes", "network"]
