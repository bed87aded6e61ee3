"""Data: arrays checked, split and scaled; tables turned into numbers; data sets by name.

Every name is imported when it is first asked for: scikit-learn takes a second, and most
callers need little of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from epochal.data import datasets
    from epochal.data.arrays import check_arrays
    from epochal.data.columns import KINDS, Column, infer_columns
    from epochal.data.heads import ALL_HEADS, Head, head_of
    from epochal.data.leakage import Duplicates, Leak, count_duplicates, drop_leaks, find_leaks
    from epochal.data.preprocessing import (
        TablePreprocessor,
        load_preprocessing,
        save_preprocessing,
    )
    from epochal.data.scaling import ALL_SCALERS, ImageScaler, make_scaler
    from epochal.data.splits import Split, split, validation_split
    from epochal.data.tables import read_table
    from epochal.data.target_coding import decode_target, encode_target
    from epochal.data.targets import check_target
    from epochal.data.task import TASKS, Task, has_target, infer_task

_HOMES = {
    "arrays": ("check_arrays",),
    "columns": ("KINDS", "Column", "infer_columns"),
    "heads": ("ALL_HEADS", "Head", "head_of"),
    "leakage": ("Duplicates", "Leak", "count_duplicates", "drop_leaks", "find_leaks"),
    "preprocessing": ("TablePreprocessor", "load_preprocessing", "save_preprocessing"),
    "scaling": ("ALL_SCALERS", "ImageScaler", "make_scaler"),
    "splits": ("Split", "split", "validation_split"),
    "tables": ("read_table",),
    "target_coding": ("decode_target", "encode_target"),
    "targets": ("check_target",),
    "task": ("TASKS", "Task", "has_target", "infer_task"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ALL_HEADS",
    "ALL_SCALERS",
    "KINDS",
    "TASKS",
    "Column",
    "Duplicates",
    "Head",
    "ImageScaler",
    "Leak",
    "Split",
    "TablePreprocessor",
    "Task",
    "check_arrays",
    "check_target",
    "count_duplicates",
    "datasets",
    "decode_target",
    "drop_leaks",
    "encode_target",
    "find_leaks",
    "has_target",
    "head_of",
    "infer_columns",
    "infer_task",
    "load_preprocessing",
    "make_scaler",
    "read_table",
    "save_preprocessing",
    "split",
    "validation_split",
]


def __getattr__(name: str) -> Any:
    if name == "datasets":
        return import_module("epochal.data.datasets")
    if name in _HOME:
        return getattr(import_module(f"epochal.data.{_HOME[name]}"), name)
    raise AttributeError(f"module 'epochal.data' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
