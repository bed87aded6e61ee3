"""The preprocessing of a table as operators of ONNX."""

import numpy as np

from epochal.data import TablePreprocessor
from epochal.data.preprocessing.fitted_parts import (
    Categories,
    Fitted,
    Indicators,
    Numbers,
    OneHot,
    fitted_parts,
)
from epochal.errors import InputError
from epochal.runs.command import join_names
from epochal.runs.exporting.graph import OnnxGraph


def add_features(graph: OnnxGraph, preprocessor: TablePreprocessor) -> str:
    """The features, float32 (rows, features), of columns that become the graph's inputs.

    Raises
    ------
    InputError
        A column of texts, dates or many categories.
    """
    parts = fitted_parts(preprocessor)
    for part in parts:
        if isinstance(part, Fitted):
            raise _refused(part.names[0], preprocessor.kinds_[part.names[0]])
    columns = {
        name: graph.input(name, str if kind == "category" else np.float64)
        for name, kind in preprocessor.kinds_.items()
    }
    blocks: list[str] = []
    for part in parts:
        if isinstance(part, Numbers):
            blocks += _numbers(graph, part, [columns[name] for name in part.names])
        elif isinstance(part, Categories):
            blocks += [_one_hot(graph, one, columns[one.name]) for one in part.columns]
        elif isinstance(part, Indicators) and part.names:
            missing = graph.concatenate([columns[name] for name in part.names])
            blocks.append(graph.cast(graph.add("IsNaN", missing), np.float32))
    return graph.concatenate(blocks)


def _refused(name: str, kind: str) -> InputError:
    what = "a category of more than 40 values" if kind == "category" else f"of kind {kind}"
    return InputError(
        "The run must have columns of numbers, booleans and categories of at most 40 values to be "
        f"exported, got {name!r}, {what}: train without it (--drop {join_names([name])})."
    )


def _numbers(graph: OnnxGraph, part: Numbers, columns: list[str]) -> list[str]:
    """In float64 as far as differences are taken: float32 holds no date, zip or large amount."""
    given = graph.concatenate(columns)
    missing = graph.add("IsNaN", given)
    filled = graph.add("Where", missing, graph.constant(part.medians[None], np.float64), given)
    centered = graph.add("Sub", filled, graph.constant(part.center, np.float64))
    scaled = graph.add("Div", centered, graph.constant(part.scale, np.float64))
    if part.reach is not None:
        reached = graph.add("Div", scaled, graph.constant(part.reach, np.float64))
        square = graph.add("Mul", reached, reached)
        more = graph.add("Add", square, graph.constant(1.0, np.float64))
        scaled = graph.add("Div", scaled, graph.add("Sqrt", more))
    blocks = [graph.cast(scaled, np.float32)]
    if len(part.column):
        of_pieces = graph.add("Gather", filled, graph.constant(part.column, np.int64), axis=1)
        above = graph.add("Sub", of_pieces, graph.constant(part.low, np.float64))
        reached = graph.add("Div", above, graph.constant(part.width, np.float64))
        zero, one = graph.constant(0.0, np.float64), graph.constant(1.0, np.float64)
        blocks.append(graph.cast(graph.add("Clip", reached, zero, one), np.float32))
    return blocks


def _one_hot(graph: OnnxGraph, column: OneHot, given: str) -> str:
    """A row of a matrix for each category, found by its number; "" is a missing value."""
    positions = {"": column.missing, **column.positions}
    nothing = column.width  # the last row has no 1
    numbers = graph.add(
        "LabelEncoder",
        given,
        keys_strings=list(positions),
        values_int64s=[at if at >= 0 else nothing for at in positions.values()],
        default_int64=column.new if column.new >= 0 else nothing,
    )
    rows = graph.constant(np.eye(column.width + 1, column.width), np.float32)
    found = graph.add("Gather", rows, numbers, axis=0)  # (rows, 1, features)
    return graph.add("Squeeze", found, graph.constant([1], np.int64))
