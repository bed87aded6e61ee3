"""What a `preprocessing.skops` may contain, checked before skops loads it.

skops trusts all of scikit-learn, and some of that reads files: a CountVectorizer with
`input="filename"` opens each path that a table names. So only the parts that
`epochal.data.preprocessing.table` uses are loaded, and no vectorizer: they are made of their terms.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from epochal.compat import _sklearn
from epochal.data.archives import check_archive

PARTS = frozenset(
    {
        ("builtins", "dict", "DictNode"),
        ("builtins", "list", "ListNode"),
        ("builtins", "slice", "SliceNode"),
        ("builtins", "str", "JsonNode"),  # skops' name for what JSON can hold
        ("builtins", "str", "TypeNode"),
        ("builtins", "tuple", "TupleNode"),
        ("epochal.data.preprocessing.encoders", "DateEncoder", "ObjectNode"),
        ("epochal.data.preprocessing.encoders", "MissingIndicators", "ObjectNode"),
        ("epochal.data.preprocessing.numbers", "NumericEncoder", "ObjectNode"),
        ("epochal.data.preprocessing.seen_values", "SeenValues", "ObjectNode"),
        ("epochal.data.preprocessing.table", "TablePreprocessor", "ObjectNode"),
        ("epochal.data.preprocessing.target_means", "TargetMeans", "ObjectNode"),
        ("epochal.data.preprocessing.texts", "TextEncoder", "ObjectNode"),
        ("numpy", "dtype", "DTypeNode"),
        ("numpy", "float32", "TypeNode"),
        ("numpy", "float64", "NdArrayNode"),
        ("numpy", "ndarray", "NdArrayNode"),
        (_sklearn.COLUMN_TRANSFORMER, "ColumnTransformer", "ObjectNode"),
        (_sklearn.TRUNCATED_SVD, "TruncatedSVD", "ObjectNode"),
        (_sklearn.SIMPLE_IMPUTER, "SimpleImputer", "ObjectNode"),
        ("sklearn.pipeline", "Pipeline", "ObjectNode"),
        (_sklearn.SCALERS, "StandardScaler", "ObjectNode"),
        (_sklearn.ENCODERS, "OneHotEncoder", "ObjectNode"),
    }
)
"""Module, class and skops' loader of each part of saved preprocessing."""


def parts_in(path: "str | Path") -> set[tuple[str, str, str]]:
    """Module, class and loader of each part that skops would load from the file.

    Raises
    ------
    OSError, zipfile.BadZipFile, KeyError, ValueError, RecursionError
        The file cannot be read.
    InputError
        It unpacks to more than it should; see `epochal.data.archives`.
    """
    check_archive(path)
    with zipfile.ZipFile(path) as archive:
        schema = json.loads(archive.read("schema.json"))
    # A column may be called "__loader__": its value is then an entry, not text.
    return {
        (str(entry.get("__module__")), str(entry.get("__class__")), entry["__loader__"])
        for entry in _walk(schema)
        if isinstance(entry, dict) and isinstance(entry.get("__loader__"), str)
    }


def _walk(root: Any) -> Iterator[Any]:
    """A part of a schema and all that it contains, at any depth."""
    left = [root]
    while left:
        part = left.pop()
        yield part
        if isinstance(part, dict):
            left += part.values()
        elif isinstance(part, list):
            left += part
