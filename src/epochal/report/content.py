"""The content of a report as plain values, independent of HTML, Keras and files."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epochal.data import Column, Leak
from epochal.report.explanation_content import ExplanationContent
from epochal.scoring import Score
from epochal.scoring.tested_coverage import TestedCoverage
from epochal.scoring.threshold import DEFAULT_THRESHOLD
from epochal.scoring.trials import Trials


@dataclass(frozen=True, kw_only=True)
class ClassOutcome:
    """Truth and prediction on the test rows, for one class of several.

    Parameters
    ----------
    classes : tuple of str
        The K class names.
    truth : int array of shape (rows,)
        The index of each row's class, 0 to K - 1.
    probabilities : float array of shape (rows, K)
        The network's probability of each class; rows sum to 1.
    threshold : float
        Of two classes, from which probability of the last, positive one on a row has it.
    costs : tuple of float, or None
        Of a false positive and of a false negative.
    """

    classes: tuple[str, ...]
    truth: NDArray[np.integer]
    probabilities: NDArray[np.floating]
    threshold: float = DEFAULT_THRESHOLD
    costs: tuple[float, float] | None = None

    @property
    def predicted(self) -> NDArray[np.integer]:
        """The index of each row's predicted class, of shape (rows,)."""
        if len(self.classes) == 2:
            return (self.probabilities[:, 1] >= self.threshold).astype(int)
        likeliest: NDArray[np.integer] = self.probabilities.argmax(axis=1)
        return likeliest


@dataclass(frozen=True, kw_only=True)
class LabelOutcome:
    """Truth and prediction on the test rows, for several binary labels per row.

    Parameters
    ----------
    labels : tuple of str
        The L label names.
    truth : int array of shape (rows, L)
        1 where the row has the label, else 0.
    probabilities : float array of shape (rows, L)
        The network's probability of each label.
    """

    labels: tuple[str, ...]
    truth: NDArray[np.integer]
    probabilities: NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class ValueOutcome:
    """Truth and prediction on the test rows, for one or several numbers per row.

    Parameters
    ----------
    names : tuple of str
        The names of the T targets.
    truth, predicted : float array of shape (rows, T)
        In the units of the targets.
    """

    names: tuple[str, ...]
    truth: NDArray[np.floating]
    predicted: NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class DistributionOutcome:
    """How the distributions that are predicted of a target stand to its truth on the test rows.

    Parameters
    ----------
    name : str
        The target.
    levels : float array of shape (rows,)
        That of each truth in its distribution, in [0, 1] (the probability integral transform).
    deviations : float array of shape (rows,)
        The standard deviation of each distribution.
    scatter : float
        That of the truth.
    """

    name: str
    levels: NDArray[np.floating]
    deviations: NDArray[np.floating]
    scatter: float


@dataclass(frozen=True, kw_only=True)
class RangeTest:
    """The learning-rate range test that chose the peak learning rate.

    Parameters
    ----------
    learning_rates, losses : float array of shape (steps,)
        The learning rate of each step and the smoothed loss there.
    suggestion : float
        The learning rate at which the loss falls fastest.
    peak : float
        The highest learning rate of the training.
    """

    learning_rates: NDArray[np.floating]
    losses: NDArray[np.floating]
    suggestion: float
    peak: float


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """Everything that the report of a run shows.

    Parameters
    ----------
    target, source : str
        What is predicted, and the name of the table.
    task : str
        The task in words, such as "binary classification".
    interrupted : bool
        True where the run was stopped early and holds the best epoch until then.
    scores : tuple of Score
        The first is the headline.
    conclusion : str
        Which model to take, and what that rests on, in one sentence.
    history : dict of str to list of float
        Keras' history: a list over the epochs for "loss", "val_loss" and each metric.
    penalty : float array of shape (epochs,), or None
        What regularization adds to the loss after each epoch; None without any.
    diagnosis : str
        The diagnosis of the training, in one line; "" where there is none.
    best_epoch : int or None
        The epoch, counted from 0, whose weights the model holds; of several networks, the middle
        one of theirs.
    members : int
        How many networks were trained; the history is then the mean of theirs.
    learning_rates : float array of shape (steps,)
        The learning rate of each step; empty where it was not recorded.
    range_test : RangeTest or None
        None where the learning rate was given.
    outcome : ClassOutcome, LabelOutcome or ValueOutcome
        Truth and prediction on the test rows.
    distributions : tuple of DistributionOutcome
        Of each target of which distributions are predicted.
    columns : tuple of Column
        Each column of the table but the target.
    leaks : tuple of Leak
        The columns that were dropped because of target leakage.
    keep_options : tuple of str
        For each of `leaks`, what to add to the command to keep it.
    duplicates : int
        Test rows whose features equal those of a training or validation row.
    rows : dict of str to int
        The number of rows of "training", "validation" and "test".
    tested : str
        The rows that were tested, in words, such as "178 held-out rows".
    intervals : str
        How the scores' intervals were made.
    network : str
        A description of the network.
    command : str
        The command that repeats the run.
    settings, versions : dict of str to str
        Each setting; the version of each package that the run depends on.
    fingerprint : str
        SHA-256 of the data, as hexadecimal digits.
    split_warnings : tuple of (str, str)
        Why the scores flatter, as a clause, and what to add to the command.
    notes : tuple of str
        Sentences about the data that a reader must know.
    numeric_encoding : str
        That of `epochal.data.TablePreprocessor`.
    trials : tuple of Trials
        What was tried beside the training.
    target_deviations : bool
        Whether losses and metrics of the training are in standard deviations of the target.
    created : str
        Date and time, as text.
    explanation : ExplanationContent or None
        What the score and the predictions rest on; None leaves the section out.
    coverage : tuple of TestedCoverage
        What intervals or sets were on the test rows; none leaves the section out.
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
    tested: str
    intervals: str
    network: str
    command: str
    settings: dict[str, str]
    versions: dict[str, str]
    fingerprint: str
    created: str
    interrupted: bool = False
    conclusion: str = ""
    penalty: NDArray[np.floating] | None = None
    diagnosis: str = ""
    best_epoch: int | None = None
    members: int = 1
    range_test: RangeTest | None = None
    leaks: tuple[Leak, ...] = ()
    keep_options: tuple[str, ...] = ()
    duplicates: int = 0
    split_warnings: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    numeric_encoding: str = "standard"
    trials: tuple[Trials, ...] = ()
    target_deviations: bool = False
    explanation: ExplanationContent | None = None
    coverage: tuple[TestedCoverage, ...] = ()
    distributions: tuple[DistributionOutcome, ...] = ()
