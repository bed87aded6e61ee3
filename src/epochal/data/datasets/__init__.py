"""Data sets by name: small tables are bundled, large ones are downloaded once and cached.

A large data set is searched for in the folder that EPOCHAL_DATA names, then in the cache
(EPOCHAL_CACHE, or the platform's), and downloaded from its official address with its checksum
verified.
"""

from epochal.data.datasets.registry import (
    ALL_DATASETS,
    DatasetEntry,
    describe,
    load,
    load_images,
    load_table,
    names,
)
from epochal.data.datasets.types import ImageDataset, TableDataset

__all__ = [
    "ALL_DATASETS",
    "DatasetEntry",
    "ImageDataset",
    "TableDataset",
    "describe",
    "load",
    "load_images",
    "load_table",
    "names",
]
