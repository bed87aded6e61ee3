"""Engines run epochs: pure functions over state, data, the order of the batches and the rates."""

from epochal.engine.protocol import Block, Logs, Record, State, Steps, Tree

__all__ = ["Block", "Logs", "Record", "State", "Steps", "Tree"]
