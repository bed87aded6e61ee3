"""Data: arrays checked, split and scaled; tables turned into numbers; data sets by name."""

from epochal.data.arrays import check_arrays
from epochal.data.splits import Split, split, validation_split
from epochal.data.targets import check_target

__all__ = ["Split", "check_arrays", "check_target", "split", "validation_split"]
