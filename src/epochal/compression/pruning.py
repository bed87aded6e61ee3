"""Gradual magnitude pruning while a model trains."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from epochal.bridge import weight_masks
from epochal.bridge.checks import check_built
from epochal.compression.sparsity import (
    PolynomialSparsity,
    check_sparsity,
    kernels_of,
    magnitude_mask,
)
from epochal.errors import InputError

Schedule = Callable[[int, int, float], float]


def prune(
    model: keras.Model,
    sparsity: float,
    schedule: Schedule | None = None,
    *,
    layers: Sequence[str] | None = None,
) -> "Pruning":
    """A callback that prunes a model while it trains: the smallest weights go, and stay zero.

    At the beginning of each epoch the share of each kernel that `schedule` asks for, those of the
    smallest magnitude, is set to zero, and a mask holds it there after every step of the optimiser,
    whatever its momentum. It works in `epochal.fit`, on every engine, and in `model.fit`.
    Afterwards the model is a plain Keras model: the zeros are in its weights, and its next fit may
    move them unless it prunes too, from which schedule ever.

    Zeros make the zipped file smaller, not the computation: Keras multiplies by them.

    Parameters
    ----------
    model : keras.Model
        The built model that the callback will be given to a fit of. It is not changed here.
    sparsity : float
        The share of each kernel's weights that are zero at the end, from 0 to below 1.
    schedule : callable, optional
        ``schedule(epoch, epochs, sparsity)`` returns the sparsity of an epoch, counted from 0. None
        means ``PolynomialSparsity()``: cubic, over the first half of the fit.
    layers : list of str, optional
        Names of the layers to prune. None means every trainable Dense, EinsumDense and convolution,
        without the depthwise ones. Biases and normalisations are never pruned.

    Returns
    -------
    Pruning
        A callback. After the fit its `history` holds the sparsity of each epoch; `sparsity_of`
        counts each layer's zeros.

    Raises
    ------
    InputError
        A model that is not built, `sparsity` outside [0, 1), unknown layers; in the fit, a schedule
        that ends after it or that returns what is no share, and a model that is another one.

    Notes
    -----
    Early stopping that restores the best weights should count from the end of the schedule only
    (``EarlyStopping(start_from_epoch=...)``): weights of an earlier epoch are less sparse, and what
    is missing is cut off at the end, with nothing to make up for it.

    References
    ----------
    M. Zhu, S. Gupta, "To Prune, or Not to Prune", 2017.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> x = np.random.default_rng(0).standard_normal((256, 4))
    >>> model = epochal.network("regression", 4, hidden=(16,), seed=0)
    >>> pruning = epochal.prune(model, 0.75)
    >>> run = epochal.fit(model, x, x.sum(axis=1), epochs=4, callbacks=[pruning], verbose=0, seed=0)
    >>> [round(sparsity, 3) for sparsity in pruning.history]
    [0.0, 0.65, 0.75, 0.75]
    """
    check_built(model, "prune")
    if schedule is None:
        schedule = PolynomialSparsity()
    if not callable(schedule):
        raise InputError(
            f"schedule must be callable with (epoch, epochs, sparsity), got {schedule!r}: give for "
            "example PolynomialSparsity(end=10)."
        )
    names = tuple(kernels_of(model, layers))
    return Pruning(model, names, check_sparsity("sparsity", sparsity), schedule)


class Pruning(keras.callbacks.Callback):
    """What `prune` returns: the callback of one fit, with its masks.

    Attributes
    ----------
    history : list of float
        The share of the pruned kernels that was zero in each epoch of the last fit.
    """

    def __init__(
        self, model: keras.Model, layers: tuple[str, ...], sparsity: float, schedule: Schedule
    ) -> None:
        super().__init__()
        self.history: list[float] = []
        self._pruned, self._layers = model, layers
        self._sparsity, self._schedule = sparsity, schedule
        self._masks: list[np.ndarray] = []

    def set_model(self, model: keras.Model) -> None:
        """Masks go into the optimiser before a program is made of it."""
        super().set_model(model)
        if model is not self._pruned:
            raise InputError(
                f"prune must be given the model that is fitted, got {self._pruned.name!r} and a "
                f"fit of {model.name!r}: call prune again with this one."
            )
        weight_masks.install(model, self._kernels())

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.history = []
        epochs = self.params["epochs"]
        if isinstance(self._schedule, PolynomialSparsity):
            last = self._schedule.last(epochs)
            if last > epochs - 1:
                weight_masks.uninstall(self._pruned, self._kernels())
                raise InputError(
                    f"schedule must end within the fit, got an end at epoch {last} of {epochs} "
                    f"epochs, counted from 0: end by {epochs - 1}, or train for more epochs."
                )

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        share = self._schedule(epoch, self.params["epochs"], self._sparsity)
        check_sparsity(f"what schedule returns for epoch {epoch}", share)
        kernels = self._kernels()
        self._masks = [magnitude_mask(np.asarray(kernel), share) for kernel in kernels]
        weight_masks.apply(kernels, self._masks)
        kept, all_of_them = sum(int(mask.sum()) for mask in self._masks), _size(self._masks)
        self.history.append(1 - kept / all_of_them)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        kernels = self._kernels()
        if self._masks:  # once more: averaged or restored weights have come in since
            weight_masks.apply(kernels, self._masks)
        weight_masks.uninstall(self._pruned, kernels)

    def _kernels(self) -> list[keras.Variable]:
        return list(kernels_of(self._pruned, self._layers).values())


def _size(arrays: list[np.ndarray]) -> int:
    return sum(array.size for array in arrays)
