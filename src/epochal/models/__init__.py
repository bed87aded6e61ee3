"""Networks after the documents' guidelines: one line from a task to a compiled Keras model."""

from epochal.models.guidelines import ALL_GUIDELINES, Guideline
from epochal.models.heads import ALL_TASKS, Head
from epochal.models.network import network
from epochal.models.sizes import hidden_sizes

__all__ = ["ALL_GUIDELINES", "ALL_TASKS", "Guideline", "Head", "hidden_sizes", "network"]
