"""The preprocessing of a table as operators of ONNX."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from epochal.data import TablePreprocessor
from epochal.data.preprocessing.fitted_parts import (
    Categories,
    Fitted,
    Numbers,
    OneHot,
    fitted_parts,
    numbers_of,
)
from epochal.data.preprocessing.target_means import TargetMeans
from epochal.data.preprocessing.texts import TextEncoder
from epochal.runs.exporting.dates import parts_of_dates
from epochal.runs.exporting.graph import OnnxGraph
from epochal.runs.exporting.texts import add_text


def add_features(graph: OnnxGraph, preprocessor: TablePreprocessor) -> str:
    """The features, float32 (rows, features), of columns that become the graph's inputs.

    Categories and texts are texts, "" where missing; all else is float64, dates as seconds since
    1970, NaN where missing.
    """
    texts = {name for name, kind in preprocessor.kinds_.items() if kind in ("category", "text")}
    columns = {
        name: graph.input(name, str if name in texts else np.float64)
        for name in preprocessor.kinds_
    }
    blocks: list[str] = []
    for part in fitted_parts(preprocessor):
        if isinstance(part, Numbers):
            blocks += _numbers(graph, part, [columns[name] for name in part.names])
        elif isinstance(part, Categories):
            blocks += [_one_hot(graph, one, columns[one.name]) for one in part.columns]
        elif isinstance(part, Fitted):
            blocks += _fitted(graph, part, columns)
        else:
            blocks += [_missing(graph, columns[name], name in texts) for name in part.names]
    return graph.concatenate(blocks)


def _fitted(graph: OnnxGraph, part: Fitted, columns: Mapping[str, str]) -> list[str]:
    encoder = part.encoder
    if isinstance(encoder, TargetMeans):
        known = zip(part.names, encoder.categories_, encoder.means_, strict=True)
        return [
            _means(graph, encoder, columns[name], categories, means)
            for name, categories, means in known
        ]
    if isinstance(encoder, TextEncoder):
        made = add_text(graph, encoder, columns[part.names[0]])
        return [] if made is None else [made]
    dates, numbers = (step for _, step in encoder.steps)
    parts = [one for name in part.names for one in parts_of_dates(graph, columns[name])]
    return _numbers(graph, numbers_of(numbers, list(dates.get_feature_names_out())), parts)


def _missing(graph: OnnxGraph, column: str, is_text: bool) -> str:
    """1 where the cell is missing, float32 (rows, 1)."""
    if is_text:
        return graph.add(
            "LabelEncoder", column, keys_strings=[""], values_floats=[1.0], default_float=0.0
        )
    return graph.cast(graph.add("IsNaN", column), np.float32)


def _means(
    graph: OnnxGraph, encoder: TargetMeans, given: str, categories: list[str], means: NDArray
) -> str:
    """The mean targets of a category, found by its number; of a new one those of all rows."""
    numbers = graph.add(
        "LabelEncoder",
        given,
        keys_strings=categories,
        values_int64s=list(range(len(categories))),
        default_int64=len(categories),
    )
    scaled = (np.vstack([means, encoder.center_]) - encoder.center_) / encoder.scale_
    found = graph.add("Gather", graph.constant(scaled, np.float32), numbers, axis=0)
    return graph.add("Squeeze", found, graph.constant([1], np.int64))


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
