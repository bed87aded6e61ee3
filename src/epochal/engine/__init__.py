"""Engines run epochs: pure functions over state, data, the order of the batches and the rates."""

from epochal.engine.protocol import (
    Block,
    Engine,
    LazyArray,
    Logs,
    Record,
    Sampler,
    State,
    StepRates,
    Steps,
    Tree,
    Work,
)

__all__ = [
    "Block",
    "Engine",
    "LazyArray",
    "Logs",
    "Record",
    "Sampler",
    "State",
    "StepRates",
    "Steps",
    "Tree",
    "Work",
]
