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
    """A callback for magnitude pruning: it sets the smallest weights to zero during training.

    At the beginning of each epoch the fraction of each kernel that `schedule` returns, the weights
    of the smallest magnitude, is set to zero, and a mask keeps it there after every step of the
    optimiser, whatever its momentum. It works in `epochal.fit`, on every engine, and in
    `model.fit`. Afterwards the model is a plain Keras model with zeros among its weights; the next
    fit may change them, unless it prunes too.

    Zeros make the zipped file smaller but the computation no faster: Keras multiplies by them.

    Parameters
    ----------
    model : keras.Model
        The built model that will be fitted with the callback; it is not changed here.
    sparsity : float
        The fraction of each kernel's weights that is zero at the end, at least 0 and below 1.
    schedule : callable, optional
        ``schedule(epoch, epochs, sparsity)`` returns the sparsity of an epoch, counted from 0.
        None: ``PolynomialSparsity()``, cubic over the first half of the fit.
    layers : list of str, optional
        Names of the layers to prune. None: every trainable Dense, EinsumDense and convolution but
        the depthwise ones. Biases and normalisations are never pruned.

    Returns
    -------
    Pruning
        A callback. After the fit its `history` holds the sparsity of each epoch; `sparsity_of`
        counts each layer's zeros.

    Raises
    ------
    InputError
        A model that is not built, a `sparsity` outside [0, 1), unknown layers; in the fit, a
        schedule that ends after it or returns a number outside [0, 1), and another model.

    Notes
    -----
    Early stopping that restores the best weights should start at the end of the schedule
    (``EarlyStopping(start_from_epoch=...)``): the weights of an earlier epoch are less sparse, and
    are pruned to the final sparsity without further training.

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
    """The callback that `prune` returns.

    Attributes
    ----------
    history : list of float
        The sparsity of the pruned kernels in each epoch of the last fit.
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
        """Put the masks into the optimiser, before it is compiled into a program."""
        super().set_model(model)
        if model is not self._pruned:
            raise InputError(
                f"model must be the one that is fitted, {model.name!r}, got "
                f"{self._pruned.name!r}: call prune with it."
            )
        weight_masks.install(model, self._kernels())

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Check that the schedule ends within the fit."""
        self.history = []
        epochs = self.params["epochs"]
        if isinstance(self._schedule, PolynomialSparsity):
            last = self._schedule.last(epochs)
            if last > epochs - 1:
                weight_masks.uninstall(self._pruned, self._kernels())
                raise InputError(
                    f"schedule must end within the {epochs} epochs of the fit, got an end at epoch "
                    f"{last}, counted from 0: end by {epochs - 1}, or train for more epochs."
                )

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Prune to the sparsity of the epoch."""
        sparsity = self._schedule(epoch, self.params["epochs"], self._sparsity)
        check_sparsity(f"what schedule returns for epoch {epoch}", sparsity)
        kernels = self._kernels()
        self._masks = [magnitude_mask(np.asarray(kernel), sparsity) for kernel in kernels]
        weight_masks.apply(kernels, self._masks)
        kept, all_of_them = sum(int(mask.sum()) for mask in self._masks), _size(self._masks)
        self.history.append(1 - kept / all_of_them)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Prune once more and remove the masks."""
        kernels = self._kernels()
        if self._masks:  # once more: averaged or restored weights may have taken their place
            weight_masks.apply(kernels, self._masks)
        weight_masks.uninstall(self._pruned, kernels)

    def _kernels(self) -> list[keras.Variable]:
        return list(kernels_of(self.model, self._layers).values())


def _size(arrays: list[np.ndarray]) -> int:
    return sum(array.size for array in arrays)
