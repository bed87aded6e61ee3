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
        whole = np.zeros((rows, *outputs.shape[1:]))
        whole[left_out] = outputs
        total, count[left_out] = total + weight * whole, count[left_out] + weight
    with np.errstate(invalid="ignore"):
        means: NDArray = total / count.reshape(-1, *[1] * (np.ndim(total) - 1))
    return means


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
    predictions = np.stack([mean_predictions(group, x) for group in groups])
    known = np.isfinite(predictions.reshape(*predictions.shape[:2], -1)).all(axis=(0, 2))
    if not known.any():
        raise InputError(
            "greedy_weights must have rows that some member of each settings left out, got none: "
            "give each settings several times with rows='folds', or judge on other data."
        )
    targets = ArraySource(y).take(slice(None))
    if len(targets) != len(known):
        raise InputError(
            f"y must have as many rows as x, {len(known)}, got {len(targets)}: pass both alike."
        )
    counts = greedy_counts(predictions[:, known].astype(np.float32), targets[known], losses, rounds)
    shares = counts / counts.sum()
    weights = [shares[names.index(v.candidate)] for v in voters]
    sizes = [len(groups[names.index(v.candidate)]) for v in voters]
    shared: NDArray = np.array(weights) / np.array(sizes)
    return shared


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
