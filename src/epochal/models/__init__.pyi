from .distributions import ALL_DISTRIBUTIONS
from .feed_forward import network
from .guidelines import ALL_GUIDELINES, Guideline, hidden_for, hidden_sizes

__all__ = [
    "ALL_DISTRIBUTIONS",
    "ALL_GUIDELINES",
    "Guideline",
    "hidden_for",
    "hidden_sizes",
    "network",
]
