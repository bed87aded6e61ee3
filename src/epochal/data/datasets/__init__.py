"""Data sets by name: small tables bundled, large ones found, or fetched once and kept.

A large set is looked for in the folder that EPOCHAL_DATA names, then in the cache
(EPOCHAL_CACHE, or the platform's), then at its official address, with its checksum.
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
