"""Greedy weights of an ensemble, by what its members predict for rows they were not trained on."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

import jax
import keras
import numpy as np
from numpy.typing import NDArray

from epochal.batches.array_source import ArraySource
from epochal.checks import check_whole
from epochal.diagnosis.row_losses import row_losses_of
from epochal.errors import InputError
from epochal.training.predict import predict

_ROWS_A_BLOCK = 1024  # whose outputs are copied at once


class Voter(NamedTuple):
    """A trained member: its model, the rows that it left out, and what makes it a candidate."""

    model: keras.Model
    left_out: NDArray | None
    candidate: Hashable


def mean_predictions(
    voters: Sequence[Voter],
    x: Any,
    weights: Sequence[float] | None = None,
    of: Callable[[NDArray], NDArray] | None = None,
) -> NDArray:
    """The mean of what the voters predict for the rows of `x` that they left out, NaN elsewhere.

    `weights` says how much each of them counts; None counts all alike. `of` is what the mean is
    taken of, a function of outputs (rows, ...).
    """
    leaves, structure = jax.tree.flatten(jax.tree.map(ArraySource, x))
    rows = leaves[0].shape[0]
    total: NDArray = np.zeros(())
    count = np.zeros(rows)
    for voter, weight in zip(voters, weights or [1.0] * len(voters), strict=True):
        if not weight:
            continue
        left_out = np.arange(rows) if voter.left_out is None else voter.left_out
        if left_out[-1] >= rows:
            raise InputError(
                f"x must be what the population was trained on, of at least {left_out[-1] + 1} "
                f"rows, got {rows}: pass the same x."
            )
        taken = [source.take(left_out) for source in leaves]
        outputs = predict(voter.model, jax.tree.unflatten(structure, taken), verbose=0)
        if of is not None:
            outputs = of(outputs)
        if not total.ndim:  # the one array of all rows: of many classes it is large
            total = np.zeros((rows, *outputs.shape[1:]))
        for block in range(0, len(left_out), _ROWS_A_BLOCK):
            added = slice(block, block + _ROWS_A_BLOCK)
            total[left_out[added]] += weight * outputs[added].astype(float, copy=False)
        count[left_out] += weight
    with np.errstate(invalid="ignore"):
        total /= count.reshape(-1, *[1] * (total.ndim - 1))
    return total


def selected_weights(voters: Sequence[Voter], x: Any, y: Any, rounds: int) -> NDArray:
    """A weight for each voter: that of its candidate, shared among the voters of it.

    Raises
    ------
    InputError
        See `Population.greedy_weights`.
    """
    check_whole("rounds", rounds, 1, "50 is usual")
    losses = row_losses_of(voters[0].model)
    if losses is None:
        raise InputError(
            "greedy_weights must have models with one of Keras' losses that average over rows, "
            "got another: give weights of your own."
        )
    names = list(dict.fromkeys(voter.candidate for voter in voters))
    groups = [[voter for voter in voters if voter.candidate == name] for name in names]
    targets, rows = ArraySource(y).take(slice(None)), ArraySource(jax.tree.leaves(x)[0]).shape[0]
    if len(targets) != rows:
        raise InputError(
            f"y must have as many rows as x, {rows}, got {len(targets)}: pass both alike."
        )
    classes = _classes_of(voters[0].model, targets)
    predictions, known = _of_candidates(groups, x, classes)
    if not known.any():
        raise InputError(
            "greedy_weights must have rows that some member of each settings left out, got none: "
            "give each settings several times with rows='folds', or judge on other data."
        )
    if classes is not None:
        targets = np.zeros_like(classes)  # one's own class comes first
    counts = greedy_counts(predictions[:, known], targets[known], losses, rounds)
    shares = counts / counts.sum()
    weights = [shares[names.index(v.candidate)] for v in voters]
    sizes = [len(groups[names.index(v.candidate)]) for v in voters]
    shared: NDArray = np.array(weights) / np.array(sizes)
    return shared


def _classes_of(model: keras.Model, targets: NDArray) -> NDArray | None:
    """The class of each row where the loss is the cross-entropy of that alone, else None."""
    shape: tuple[Any, ...] = getattr(model, "output_shape", ())
    if model.loss != "sparse_categorical_crossentropy" or len(shape) != 2:
        return None
    whole = targets.dtype.kind in "iu" and targets.size == len(targets)
    known = whole and bool(((targets >= 0) & (targets < shape[1])).all())
    return targets.reshape(-1) if known else None


def _of_candidates(
    groups: Sequence[Sequence[Voter]], x: Any, classes: NDArray | None
) -> tuple[NDArray, NDArray]:
    """What each candidate predicts, float32 (candidates, rows, ...), and the rows that all know.

    With `classes` no more than a cross-entropy needs, (candidates, rows, 2): the probability of a
    row's own class, and of all others. Of 1,000 classes that is little beside all of them.
    """
    found: list[NDArray] = []
    known = np.ones((), bool)
    for group in groups:
        means = mean_predictions(group, x)
        if classes is not None:
            own = np.take_along_axis(means, classes[:, np.newaxis], axis=1)
            means = np.hstack([own, means.sum(axis=1, keepdims=True) - own])
        found.append(means.astype(np.float32))
        known = known & np.isfinite(means.reshape(len(means), -1)).all(axis=1)
    return np.stack(found), known


def greedy_counts(
    predictions: NDArray,
    targets: NDArray,
    losses: Callable[[NDArray, NDArray], NDArray],
    rounds: int,
) -> NDArray:
    """How often each candidate is taken, up to the round whose average has the smallest loss.

    Parameters
    ----------
    predictions : numpy.ndarray of shape (candidates, rows, ...)
    targets : numpy.ndarray of shape (rows, ...)
    losses : callable
        (targets, outputs) to the loss of each row.
    rounds : int
    """
    total = np.zeros_like(predictions[0])
    taken: list[int] = []
    best: list[float] = []
    for size in range(1, rounds + 1):
        found = [
            float(losses(targets, (total + one) / np.float32(size)).mean()) for one in predictions
        ]
        taken.append(int(np.argmin(found)))
        best.append(found[taken[-1]])
        total += predictions[taken[-1]]
    kept = taken[: int(np.argmin(best)) + 1]
    return np.bincount(kept, minlength=len(predictions))
