"""What the caller gave to train, test or predict on: looked at once, as the batches take it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
from keras.utils import unpack_x_y_sample_weight
from numpy.typing import NDArray

from epochal.batches.array_source import without_own_dtypes
from epochal.bridge.checks import check_data, check_target_given, names_of
from epochal.bridge.index_inputs import check_batch_indices
from epochal.compat._keras import train_validation_split


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Inputs, targets and weights that have been checked.

    Attributes
    ----------
    x, y, sample_weight : array, or list or dict of arrays, or None
        (rows, ...) each; or `x` alone is something that yields batches by itself.
    are_arrays : bool
        Whether they are arrays: what yields batches by itself is taken as it comes.
    rows : numpy.ndarray of int or None
        The rows that are taken, in their order, some perhaps several times; None for all.
    """

    x: Any
    y: Any = None
    sample_weight: Any = None
    are_arrays: bool
    rows: NDArray | None = None
    check_batch: Callable[[Any], None] | None = None  # for what yields batches

    @property
    def array_targets(self) -> Any:
        """The targets, as far as they can be looked at; None for what yields batches."""
        return self.y if self.are_arrays else None

    def split(self, fraction: float) -> tuple["Dataset", "Dataset"]:
        """The first rows to train on, and the last `fraction` of them to validate on."""
        parts = train_validation_split(
            (self.x, self.y, self.sample_weight), validation_split=fraction
        )
        training, validation = (
            Dataset(x=x, y=y, sample_weight=weights, are_arrays=True) for x, y, weights in parts
        )
        return training, validation


def checked_dataset(
    model: keras.Model,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    of: str | None = None,
    targets: bool = True,
) -> Dataset:
    """Check data for `model`, once.

    Parameters
    ----------
    of : str or None
        The argument that holds all three, where they are no arguments themselves.
    targets : bool
        Whether the loss is going to be computed, so that targets are needed.

    Raises
    ------
    InputError
        See `epochal.data.check_arrays`; also rows of another shape than the model's input, and
        missing targets.
    """
    are_arrays = check_data(model, x, y, sample_weight, of=of)
    names = names_of(of)
    if not are_arrays:
        check = partial(_check_batch, model, names)
        return Dataset(x=x, y=y, sample_weight=sample_weight, are_arrays=False, check_batch=check)
    if targets:
        check_target_given(model, y, name=of or "y")
    x, y, sample_weight = without_own_dtypes((x, y, sample_weight))
    check_batch_indices(model, x, y, names)
    return Dataset(x=x, y=y, sample_weight=sample_weight, are_arrays=True)


def _check_batch(model: keras.Model, names: tuple[str, str, str], batch: Any) -> None:
    x, y, _ = unpack_x_y_sample_weight(batch)
    check_batch_indices(model, x, y, names)
