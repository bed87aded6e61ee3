"""Formulas of float64 numbers, written as Python writes them, as operators of ONNX."""

from dataclasses import dataclass

import numpy as np

from epochal.runs.exporting.graph import OnnxGraph


@dataclass(frozen=True, eq=False)
class Number:
    """What a name in the graph stands for: float64, of which formulas are made.

    Whole numbers up to 2**53 are exact, and so are their quotients without remainder: ``//`` is
    that of Python.

    Examples
    --------
    >>> graph = OnnxGraph()
    >>> doubled = Number(graph, graph.input("x", np.float64)) * 2 + 1
    >>> graph.output("y", doubled.name, np.float64)
    """

    graph: OnnxGraph
    name: str

    def __add__(self, other: "Number | float") -> "Number":
        return self._with("Add", other)

    def __sub__(self, other: "Number | float") -> "Number":
        return self._with("Sub", other)

    def __mul__(self, other: "Number | float") -> "Number":
        return self._with("Mul", other)

    def __truediv__(self, other: "Number | float") -> "Number":
        return self._with("Div", other)

    def __floordiv__(self, other: "Number | float") -> "Number":
        return Number(self.graph, self.graph.add("Floor", (self / other).name))

    def _with(self, operator: str, other: "Number | float") -> "Number":
        name = other.name if isinstance(other, Number) else self.graph.constant(other, np.float64)
        return Number(self.graph, self.graph.add(operator, self.name, name))
