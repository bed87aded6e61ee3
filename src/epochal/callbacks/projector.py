"""Points for TensorBoard's projector, their labels, and the files that it reads."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import keras
import numpy as np

from epochal.bridge.graph import nodes_of
from epochal.compat._keras import flatten_layers
from epochal.errors import InputError, suggest
from epochal.training import layer_outputs
from epochal.training.inspection import layer_tensors

Labels = Sequence[Any]
_ENTRY = re.compile(r"^(?=embeddings \{)", re.MULTILINE)
_BREAKS = re.compile(r"[\t\r\n]+")  # in the file of labels a tab ends a column, a line end a label


class Points(NamedTuple):
    """Points, (count, dimensions), and a label for each where there are labels."""

    values: np.ndarray
    labels: list[str] | None


def points_of(
    model: keras.Model,
    rows: tuple[Any, Any, Any] | None,
    metadata: Mapping[str, Labels] | Labels | None,
) -> dict[str, Points]:
    """The points to show of a model, by layer.

    Those of each `Embedding` layer's table; where there is none, the outputs of the last hidden
    layer for `rows` (inputs, targets, weights), labelled by the targets where these are one array.

    Raises
    ------
    InputError
        Metadata for a layer that has no points, or of another length than its points; or one
        sequence for several layers.
    """
    tables = {
        layer.name: np.asarray(layer.embeddings.numpy())
        for layer in flatten_layers(model)
        if isinstance(layer, keras.layers.Embedding)
    }
    labels: Mapping[str, Labels] = {}
    if not tables and rows is not None and nodes_of(model):
        x, y, _ = rows
        name = _last_hidden(model)
        outputs = layer_outputs(model, x)[name]
        tables = {name: outputs.reshape(len(outputs), -1)}
        targets = [] if y is None else keras.tree.flatten(y)
        labels = {name: _class_names(targets[0])} if len(targets) == 1 else {}
    if isinstance(metadata, Mapping):
        labels = metadata
    elif metadata is not None:
        _check_one(tables)
        labels = dict.fromkeys(list(tables)[:1], metadata)
    _check_labels(labels, tables)
    return {
        name: Points(values, [str(label) for label in labels[name]] if name in labels else None)
        for name, values in tables.items()
    }


def _last_hidden(model: keras.Model) -> str:
    """The last layer whose output is not an output of the model."""
    tensors = layer_tensors(model)
    given = {id(tensor) for tensor in model.outputs}
    hidden = [name for name, tensor in tensors.items() if id(tensor) not in given]
    return (hidden or list(tensors))[-1]


def _class_names(targets: Any) -> list[str]:
    """A label for each target; of several numbers, as in one-hot targets, that of the largest."""
    targets = np.asarray(targets)
    flat = targets.reshape(len(targets), -1)
    if not (np.issubdtype(flat.dtype, np.number) or flat.dtype == bool):
        return [" ".join(map(str, row)) for row in flat]
    values = flat.argmax(axis=1) if flat.shape[1] > 1 else flat[:, 0]
    return [f"{value:g}" for value in values]


def _check_one(points: Mapping[str, np.ndarray]) -> None:
    if len(points) > 1:
        raise InputError(
            "embeddings_metadata must be a dict where several layers have points "
            f"({', '.join(points)}), got one sequence: give a dict of layer to labels."
        )


def _check_labels(labels: Mapping[str, Labels], points: Mapping[str, np.ndarray]) -> None:
    for name, names in labels.items():
        if name not in points:
            raise InputError(
                "embeddings_metadata must be for layers that have points "
                f"({', '.join(points) or 'none'}), got {name!r}."
                f"{suggest(name, points) or ' Name one of those.'}"
            )
        if len(names) != len(points[name]):
            raise InputError(
                f"embeddings_metadata must have a label for each of the {len(points[name])} points "
                f"of {name!r}, got {len(names)}: give one for each."
            )


def write_points(folder: Path, step: int, points: Mapping[str, Points]) -> None:
    """Write the points and their labels, and list each once in the projector's configuration.

    Points of the same layer and step that an earlier fit left in this folder are replaced.
    """
    listed = folder / "projector_config.pbtxt"
    config = listed.read_text(encoding="utf-8") if listed.exists() else ""
    for name, (values, labels) in points.items():
        place = f"{step:05d}/{quote(name, safe='')}"
        (folder / place).mkdir(parents=True, exist_ok=True)
        table = np.asarray(values, np.float64)
        np.savetxt(folder / place / "tensors.tsv", table, fmt="%.9g", delimiter="\t")
        lines = [("tensor_name", f"{name}:{step:05d}"), ("tensor_path", f"{place}/tensors.tsv")]
        if labels is not None:
            names = "".join(_BREAKS.sub(" ", label) + "\n" for label in labels)
            (folder / place / "metadata.tsv").write_text(names, encoding="utf-8")
            lines.append(("metadata_path", f"{place}/metadata.tsv"))
        config = _with_entry(config, lines)
    listed.write_text(config, encoding="utf-8")


def _with_entry(config: str, lines: list[tuple[str, str]]) -> str:
    """`config` with an entry of these lines, in place of one whose first line is the same."""
    written = [f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in lines]
    kept = [entry for entry in _ENTRY.split(config) if written[0] not in entry]
    return "".join([*kept, "embeddings {\n", *written, "}\n"])
