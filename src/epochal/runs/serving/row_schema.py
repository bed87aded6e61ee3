"""What a row is, as JSON Schema."""

from typing import Any

from epochal.data import TablePreprocessor

_TYPES = {"numeric": ["number", "null"], "boolean": ["boolean", "null"], "date": ["string", "null"]}
_MOST_EXAMPLES = 40


def row_schema(preprocessor: TablePreprocessor) -> dict[str, Any]:
    """Of the columns that a preprocessor was fitted on; all are required, null is unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> from epochal.data import infer_columns
    >>> frame = pd.DataFrame({"age": [20, 40, 30] * 9, "y": [0, 1, 1] * 9})
    >>> preprocessor = TablePreprocessor().fit(frame, infer_columns(frame, target="y"))
    >>> row_schema(preprocessor)["properties"]
    {'age': {'type': ['number', 'null'], 'description': 'numeric, 20 to 40 in training'}}
    """
    return {
        "type": "object",
        "required": list(preprocessor.kinds_),
        "properties": {
            name: _cell_schema(preprocessor, name, kind)
            for name, kind in preprocessor.kinds_.items()
        },
    }


def _cell_schema(preprocessor: TablePreprocessor, name: str, kind: str) -> dict[str, Any]:
    seen = preprocessor.seen_
    schema: dict[str, Any] = {
        "type": _TYPES.get(kind, ["string", "number", "boolean", "null"]),
        "description": kind,
    }
    if name in seen.ranges_:
        low, high = seen.ranges_[name]
        schema["description"] += f", {low:.6g} to {high:.6g} in training"
    if name in seen.categories_:
        schema["examples"] = seen.categories_[name][:_MOST_EXAMPLES]
    return schema
