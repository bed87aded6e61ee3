"""The extension: see `cpp/python/module.cpp`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

class Network:
    """A network in float32. Parameters by their number; slot -1 is the parameter itself."""

    threads: int  # exactly so many; 0 for as many as pay
    iterations: int
    u_product: float
    seeds: Sequence[Sequence[int]]
    totals: Sequence[Sequence[float]]

    def __init__(self, graph: dict[str, Any], cores: int, kernels: str = "") -> None: ...
    @property
    def kernels(self) -> str: ...
    def load(self, parameter: int, slot: int, values: np.ndarray) -> None: ...
    def store(self, parameter: int, slot: int, values: np.ndarray) -> None: ...
    def train(
        self,
        x: list[np.ndarray],
        y: np.ndarray | None,
        weights: np.ndarray | None,
        order: np.ndarray,
        rates: np.ndarray,
        start: int,
        stop: int,
        losses: np.ndarray,
        momenta: np.ndarray | None = None,
        predictions: np.ndarray | None = None,
        norms: np.ndarray | None = None,
    ) -> None: ...
    def evaluate(
        self,
        x: list[np.ndarray],
        y: np.ndarray | None,
        weights: np.ndarray | None,
        order: np.ndarray,
        start: int,
        stop: int,
        predictions: np.ndarray | None = None,
    ) -> None: ...
    def predict(
        self, x: list[np.ndarray], order: np.ndarray, start: int, stop: int, outputs: np.ndarray
    ) -> None: ...
    def sample(
        self,
        x: list[np.ndarray],
        first: int,
        samples: int,
        keys: Sequence[Sequence[int]],
        outputs: np.ndarray,
    ) -> None: ...
    def gradients(
        self,
        x: list[np.ndarray],
        y: np.ndarray | None,
        weights: np.ndarray | None,
        order: np.ndarray,
        step: int,
        out: list[np.ndarray],
    ) -> float: ...

class Network64(Network):
    """The same in float64, for tests."""

def layer_kinds() -> list[str]:
    """The kinds of operations that have a layer, sorted."""

def kernel_tables() -> dict[str, tuple[int, int]]:
    """Of each table of kernels, by its name: how many functions, and how many are missing."""
