from .feed_forward import network
from .guidelines import ALL_GUIDELINES, Guideline, hidden_for, hidden_sizes

__all__ = ["ALL_GUIDELINES", "Guideline", "hidden_for", "hidden_sizes", "network"]
