"""What a `preprocessing.skops` may hold, read before skops makes anything from it.

skops trusts whatever scikit-learn ships, and some of that reads files: a CountVectorizer with
`input="filename"` opens every path that a table names. So nothing is made but the parts that
`epochal.data.preprocessing.table` uses, and no vectorizer that reads anything but the text that
it is given.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sklearn.feature_extraction.text import CountVectorizer

from epochal.compat import _sklearn

PARTS = frozenset(
    {
        ("builtins", "dict", "DictNode"),
        ("builtins", "list", "ListNode"),
        ("builtins", "slice", "SliceNode"),
        ("builtins", "str", "JsonNode"),  # so skops calls whatever JSON can hold
        ("builtins", "str", "TypeNode"),
        ("builtins", "tuple", "TupleNode"),
        ("epochal.data.preprocessing.encoders", "DateEncoder", "ObjectNode"),
        ("epochal.data.preprocessing.encoders", "MissingFlags", "ObjectNode"),
        ("epochal.data.preprocessing.table", "TablePreprocessor", "ObjectNode"),
        ("epochal.data.preprocessing.encoders", "TextEncoder", "ObjectNode"),
        ("numpy", "dtype", "DTypeNode"),
        ("numpy", "float32", "TypeNode"),
        ("numpy", "float64", "NdArrayNode"),
        ("numpy", "int64", "NdArrayNode"),
        ("numpy", "ndarray", "NdArrayNode"),
        (_sklearn.COLUMN_TRANSFORMER, "ColumnTransformer", "ObjectNode"),
        (_sklearn.TRUNCATED_SVD, "TruncatedSVD", "ObjectNode"),
        ("sklearn.feature_extraction.text", "TfidfTransformer", "ObjectNode"),
        ("sklearn.feature_extraction.text", "TfidfVectorizer", "ObjectNode"),
        (_sklearn.SIMPLE_IMPUTER, "SimpleImputer", "ObjectNode"),
        ("sklearn.pipeline", "Pipeline", "ObjectNode"),
        (_sklearn.SCALERS, "StandardScaler", "ObjectNode"),
        (_sklearn.ENCODERS, "OneHotEncoder", "ObjectNode"),
    }
)
"""Module, class and skops' loader of all that saved preprocessing is made of."""


def parts_in(path: "str | Path") -> set[tuple[str, str, str]]:
    """Module, class and loader of all that skops would make from the file.

    Raises
    ------
    OSError, zipfile.BadZipFile, KeyError, ValueError, RecursionError
        It cannot be read as such a file.
    """
    with zipfile.ZipFile(path) as archive:
        schema = json.loads(archive.read("schema.json"))
    # A column may be called "__loader__": it then leads to an entry, not to a word.
    return {
        (str(entry.get("__module__")), str(entry.get("__class__")), entry["__loader__"])
        for entry in _inside(schema)
        if isinstance(entry, dict) and isinstance(entry.get("__loader__"), str)
    }


def reads_files(loaded: Any) -> bool:
    """Whether a part of what was loaded reads anything but the text that it is given."""
    return any(
        part.input != "content" for part in _inside(loaded) if isinstance(part, CountVectorizer)
    )


def _inside(thing: Any) -> Iterator[Any]:
    """The thing, and all that it holds, however deep; each once."""
    left, seen = [thing], set()
    while left:
        part = left.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, dict):
            left += part.values()
        elif isinstance(part, list | tuple):
            left += part
        elif not isinstance(part, type):
            left += getattr(part, "__dict__", {}).values()
