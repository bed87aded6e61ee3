"""What a report says, as plain values: nothing here knows HTML, Keras or a file."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epochal.scoring import Comparison, Score


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the table and what was done with it.

    Parameters
    ----------
    name : str
        The column's name as the table writes it; escaped by the page.
    kind : str
        "numeric", "category", "boolean", "date", "text" or "dropped".
    treatment : str
        What became of it, in words: "3 values, one input each", or why it was left out.
    used : bool
        False where the network never saw it.
    missing : int
        The number of rows without a value.
    """

    name: str
    kind: str
    treatment: str
    used: bool
    missing: int = 0


@dataclass(frozen=True, kw_only=True)
class Leak:
    """A column that was left out because it gives the target away.

    Parameters
    ----------
    name : str
        The column's name.
    reason : str
        Why it is held for a leak, one clause.
    keep_with : str
        What to add to the command to keep it all the same.
    """

    name: str
    reason: str
    keep_with: str


@dataclass(frozen=True, kw_only=True)
class ClassOutcome:
    """Truth and prediction on the test part, for classes.

    Parameters
    ----------
    classes : tuple of str
        The K class names; escaped by the page.
    truth : array of int, shape (n,)
        The index of each row's class, 0 to K - 1.
    probabilities : array of float, shape (n, K)
        The network's probability of every class; rows add up to 1.
    """

    classes: tuple[str, ...]
    truth: NDArray[np.integer]
    probabilities: NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class LabelOutcome:
    """Truth and prediction on the test part, for several yes/no labels a row.

    Parameters
    ----------
    labels : tuple of str
        The L label names.
    truth : array of int, shape (n, L)
        1 where the row has the label, else 0.
    probabilities : array of float, shape (n, L)
        The network's probability of each label.
    """

    labels: tuple[str, ...]
    truth: NDArray[np.integer]
    probabilities: NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class ValueOutcome:
    """Truth and prediction on the test part, for one number a row or several.

    Parameters
    ----------
    names : tuple of str
        The T targets' names.
    truth, predicted : array of float, shape (n, T)
        In the targets' own units.
    """

    names: tuple[str, ...]
    truth: NDArray[np.floating]
    predicted: NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class RangeTest:
    """The learning-rate range test that chose the peak rate.

    Parameters
    ----------
    learning_rates, losses : array of float, shape (steps,)
        The rate of each step and the (smoothed) loss there.
    suggestion : float
        The rate at which the loss falls fastest, where the training begins.
    peak : float
        The highest rate of the training.
    """

    learning_rates: NDArray[np.floating]
    losses: NDArray[np.floating]
    suggestion: float
    peak: float


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """Everything that the page of one run shows.

    Parameters
    ----------
    target, source : str
        What is predicted, and the name of the table.
    task : str
        The task in words, such as "binary classification".
    interrupted : bool
        True where the run was stopped before its end and holds the best epoch until then.
    scores : tuple of Score
        The first is the headline.
    comparison : Comparison or None
        None where no baseline has a score.
    history : dict of str to list of float
        Keras' history: a list over the epochs for "loss", "val_loss" and each metric.
    penalty : array of float, shape (epochs,), or None
        What the weights' penalties add to the loss after each epoch; None without any.
    verdict : str
        What the training shows, in one line; empty where nothing was said.
    best_epoch : int or None
        The epoch, counted from 0, whose weights the model holds.
    learning_rates : array of float, shape (steps,)
        The rate of each step; empty where it was not recorded.
    range_test : RangeTest or None
        None where the rate was given.
    outcome : ClassOutcome, LabelOutcome or ValueOutcome
        Truth and prediction on the test part.
    columns : tuple of Column
        Every column of the table but the target.
    leaks : tuple of Leak
        The columns that were left out because they give the target away.
    duplicates : int
        Test rows whose features all stand among the training or validation rows too.
    rows : dict of str to int
        The number of rows of "training", "validation" and "test".
    network : str
        The network in words.
    command : str
        The exact command that makes this run again.
    settings, versions : dict of str to str
        Every setting; the version of every package that matters.
    fingerprint : str
        sha256 of the data, as hexadecimal digits.
    notes : tuple of str
        Further sentences that a reader must know, such as what the split could not do.
    created : str
        When the run was made, as text.
    """

    target: str
    source: str
    task: str
    scores: tuple[Score, ...]
    history: dict[str, list[float]]
    learning_rates: NDArray[np.floating]
    outcome: ClassOutcome | LabelOutcome | ValueOutcome
    columns: tuple[Column, ...]
    rows: dict[str, int]
    network: str
    command: str
    settings: dict[str, str]
    versions: dict[str, str]
    fingerprint: str
    created: str
    interrupted: bool = False
    comparison: Comparison | None = None
    penalty: NDArray[np.floating] | None = None
    verdict: str = ""
    best_epoch: int | None = None
    range_test: RangeTest | None = None
    leaks: tuple[Leak, ...] = ()
    duplicates: int = 0
    notes: tuple[str, ...] = ()
