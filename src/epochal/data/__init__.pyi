from . import datasets
from .arrays import check_arrays
from .duplicates import Duplicates, count_duplicates
from .preprocessing.saving import load_preprocessing, save_preprocessing
from .preprocessing.table import TablePreprocessor
from .scaling import ALL_SCALERS, ImageScaler, make_scaler
from .splits import Split, split, validation_split
from .tables.columns import KINDS, Column, infer_columns
from .tables.leakage import Leak, drop_leaks, find_leaks
from .tables.reading import read_table
from .targets import check_target
from .tasks.encoding import decode_target, encode_target
from .tasks.heads import ALL_HEADS, Head, head_of
from .tasks.inference import TASKS, Task, has_target, infer_task

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
