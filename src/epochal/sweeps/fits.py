"""The fits of a trial: what they have in common, how they differ, and what comes of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import keras
import numpy as np

from epochal.errors import InputError, suggest
from epochal.training.population import Member
from epochal.training.population.rows import MemberRows
from epochal.training.population.settings import Builder


class Replicate(NamedTuple):
    """What a fit of a trial has beside the trial's settings: its seed, and its rows.

    All trials have the same replicates, so that settings are compared by pairs of fits.
    """

    seed: int
    rows: MemberRows


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is the same for all trials.

    Attributes
    ----------
    source : keras.Model or callable
        As `train_population` takes it.
    replicates : sequence of Replicate
        The fits of a trial.
    seed : int
        What decides the replicates, and what is chosen.
    epochs : int
        Of a fit that stops for no other reason.
    fit : dict
        Other arguments of `train_population` beside the members'.
    callbacks : sequence of keras.callbacks.Callback
    objective : str
        What is looked at in a fit's history.
    as_member : callable
        A member's settings from a trial's.
    network : str
        What else the networks are made by, where a sweep that goes on must have the same.
    """

    source: keras.Model | Builder
    x: Any
    y: Any
    replicates: Sequence[Replicate]
    seed: int
    epochs: int
    fit: Mapping[str, Any] = field(default_factory=dict)
    callbacks: Sequence[keras.callbacks.Callback] = ()
    objective: str
    as_member: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
    network: str = ""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What came of one fit of a trial.

    Attributes
    ----------
    value : float or None
        The objective after the epoch whose weights are kept; None where the loss was no longer
        finite.
    epochs, weights : int
        Epochs trained, and trainable parameters.
    seconds : float
    """

    value: float | None
    epochs: int
    weights: int
    seconds: float


def fit_of(member: Member, objective: str, callbacks: Sequence[keras.callbacks.Callback]) -> Fit:
    """What came of a member.

    Raises
    ------
    InputError
        The objective is not in the history.
    """
    return Fit(
        value=_value_of(member, objective, callbacks),
        epochs=len(member.run.epoch),
        weights=sum(int(np.prod(each.shape)) for each in member.run.model.trainable_weights),
        seconds=member.run.timing.total,
    )


def _value_of(
    member: Member, objective: str, callbacks: Sequence[keras.callbacks.Callback]
) -> float | None:
    """The objective of the weights that a fit has kept; None where it diverged."""
    if member.diverged is not None:
        return None
    history = member.run.history
    if objective not in history:
        raise InputError(
            f"objective must be a name in the history of a fit, one of {', '.join(history)}, got "
            f"{objective!r}: name one of them.{suggest(objective, history)}"
        )
    values = history[objective]
    kept = len(values) - 1
    for callback in callbacks:
        restores = isinstance(callback, keras.callbacks.EarlyStopping)
        if restores and callback.restore_best_weights:
            kept = callback.best_epoch
    value = float(values[kept])
    return value if np.isfinite(value) else None
