"""The loss of each row, and of the best constant prediction, by the model's own Keras loss."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.compat._keras import compiled_loss, function_and_arguments
from epochal.engine.interpreter import run_with_numpy

RowLosses = Callable[[NDArray, NDArray], NDArray]  # (targets, outputs) -> (rows,)

_TINY = 1e-7  # Keras' own: a class that never came has this probability
_OF_SEVERAL_ROWS = ("circle", "dice", "tversky")  # a row has no loss of its own
_VALUES_A_BLOCK = 1 << 20  # of outputs: each operation of a loss makes as many again


def row_losses_of(model: keras.Model) -> RowLosses | None:
    """The loss that `model` is compiled with, of each row; None where it is not one of Keras'.

    Several outputs, code of the user's own that computes the loss, and losses that compare rows,
    are not taken apart. Keras takes a probability under 1e-7 for 1e-7: a row costs 16 at most.
    """
    own = type(model)
    steps = ("compute_loss", "train_step", "test_step", "predict_step")
    if any(getattr(own, step) is not getattr(keras.Model, step) for step in steps):
        return None
    loss = _loss_of(model)
    if loss is None:
        return None
    computed = run_with_numpy(loss.call if isinstance(loss, keras.losses.Loss) else loss)

    def of_block(targets: NDArray, outputs: NDArray) -> NDArray:
        values = np.asarray(computed(targets, outputs), float)
        losses: np.ndarray = values.reshape(len(values), -1).mean(axis=1)
        return losses

    def of_rows(targets: NDArray, outputs: NDArray) -> NDArray:
        if outputs.shape == (*targets.shape, 1):
            targets = targets[..., None]
        rows = len(outputs)
        size = max(1, _VALUES_A_BLOCK * rows // max(1, outputs.size))
        blocks = [slice(start, start + size) for start in range(0, rows, size)]
        return np.concatenate([of_block(targets[each], outputs[each]) for each in blocks])

    return of_rows


def _loss_of(model: keras.Model) -> Any:
    """Its one loss, a Keras function or object that averages over the rows; None for another."""
    given = model.loss
    if isinstance(given, str) and given.lower() in ("crossentropy", "ce"):
        return None
    if not isinstance(given, str | keras.losses.Loss) and not callable(given):
        return None
    if not model.compiled or compiled_loss(model)[1] is not None:
        return None
    loss = keras.losses.get(given)
    home = type(loss) if isinstance(loss, keras.losses.Loss) else loss
    averaged = getattr(loss, "reduction", "mean") in ("mean", "sum_over_batch_size")
    alone = getattr(home, "__name__", "").lower() not in _OF_SEVERAL_ROWS
    return loss if averaged and alone and home.__module__.startswith("keras.") else None


def constant_loss(model: keras.Model, targets: NDArray) -> Callable[[], float | None]:
    """A function that computes the mean loss of predicting the same for all `targets`.

    It holds no model, and gives None where such a loss makes no sense. The constant is the fraction
    of each class for a cross-entropy, and the better of mean and median for any other loss of
    Keras'.
    """
    losses, loss = row_losses_of(model), _loss_of(model)
    shape = getattr(model, "output_shape", None)
    if losses is None or not isinstance(shape, tuple) or len(shape) != 2 or targets.ndim > 2:
        return lambda: None
    return partial(_constant_loss, loss, losses, targets, shape[-1])


def _constant_loss(loss: Any, losses: RowLosses, targets: NDArray, width: int) -> float | None:
    name = str(getattr(loss, "name", None) or getattr(loss, "__name__", ""))
    from_logits = bool(function_and_arguments(loss)[1].get("from_logits", False))
    columns = targets.reshape(len(targets), -1).astype(float)
    if "crossentropy" in name and columns.min() < 0:
        return None  # a class that is ignored
    if name == "sparse_categorical_crossentropy":
        counts = np.bincount(columns[:, 0].astype(int), minlength=width)
        fractions = np.clip(counts / len(columns), _TINY, 1)
        options = [np.log(fractions) if from_logits else fractions]
    elif columns.shape[1] != width:
        return None
    elif name == "categorical_crossentropy":
        fractions = np.clip(columns.mean(axis=0), _TINY, 1)
        options = [np.log(fractions) if from_logits else fractions]
    elif name == "binary_crossentropy":
        fractions = np.clip(columns.mean(axis=0), _TINY, 1 - _TINY)
        options = [np.log(fractions / (1 - fractions)) if from_logits else fractions]
    else:
        options = [columns.mean(axis=0), np.median(columns, axis=0)]
    if "crossentropy" not in name:
        targets = columns
    found = [float(losses(targets, _repeated(option, targets)).mean()) for option in options]
    return min(found)


def _repeated(row: NDArray, targets: NDArray) -> NDArray:
    return np.broadcast_to(row, (len(targets), len(row))).astype(np.float32)
