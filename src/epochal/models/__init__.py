"""Networks after the documents' guidelines: one line from a task to a compiled Keras model."""

from epochal.models.guidelines import ALL_GUIDELINES, Guideline, hidden_for
from epochal.models.network import network
from epochal.models.sizes import hidden_sizes

__all__ = ["ALL_GUIDELINES", "Guideline", "hidden_for", "hidden_sizes", "network"]
