"""The content of `run.json`: every setting, seed, version and score of a run, as plain values."""

import json
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any, Self

from epochal.data import Task
from epochal.errors import InputError
from epochal.explanation.importances import Importances
from epochal.explanation.learning_curve import LearningCurve
from epochal.runs.storage.record_schema import first_invalid_field
from epochal.scoring import Comparison, Score
from epochal.scoring.json_numbers import nan_to_none
from epochal.scoring.tested_coverage import TestedCoverage
from epochal.scoring.threshold import DEFAULT_THRESHOLD, Threshold
from epochal.scoring.trials import Trials

FORMAT = 5
"""Raised when files of an older epochal can no longer be read."""

PACKAGES = ("epochal", "keras", "jax", "numpy", "pandas", "scikit-learn", "skops", "pyarrow")


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """The content of `run.json`; all of it can be written as JSON.

    Attributes
    ----------
    created : str
        ISO 8601, UTC.
    state : str
        "complete", or "interrupted" where the training was stopped early.
    source, name : str
        The table as it was given, and its file's or data set's name.
    fingerprint : str
        SHA-256 of the table.
    command : str
        The command line that repeats the run.
    settings, recipe : dict
        The settings, and the hyperparameters chosen from them and the table.
    task : dict
        The fields of `epochal.data.Task`.
    columns, leaks : list of dict
        The fields of `epochal.data.Column` and `Leak`.
    rows, duplicates : dict
        Rows of each part; validation and test rows that duplicate another row's features.
    split_warnings : list of dict
        The fields of `epochal.runs.split_warnings.SplitWarning`.
    notes : list of str
        What a reader must know about the data.
    network : str
        A description of the network.
    scores : tuple of Score
        On the test rows, the headline score first.
    comparisons : tuple of Comparison
        The gain in the headline score of the network over each baseline, and of each baseline over
        each simpler one.
    conclusion : str
        What follows from them, in one sentence; see `epochal.scoring.conclusion`.
    threshold : Threshold or None
        From which probability on a row is said to be positive, and what that was chosen for; None
        for the more probable class.
    importances : Importances or None
        How much the headline score rests on each column; None where that could not be measured.
    learning_curve : LearningCurve or None
        The headline score over the training rows, where it was asked for.
    coverage : tuple of TestedCoverage
        What intervals or sets were on the test rows; none where there are none.
    training : dict
        Peak learning rate, epochs, best epoch, diagnosis, engine, seconds, and the range test's
        warnings.
    remedies : tuple of Trials
        What was tried beside the training, and what came of it; none where nothing was asked for.
    versions : dict
        Version of Python and of each package.
    """

    created: str
    state: str
    source: str
    name: str
    fingerprint: str
    command: str
    settings: dict[str, Any]
    recipe: dict[str, Any]
    task: dict[str, Any]
    columns: list[dict[str, Any]]
    leaks: list[dict[str, Any]]
    rows: dict[str, int]
    duplicates: dict[str, int]
    split_warnings: list[dict[str, str]]
    notes: list[str]
    network: str
    scores: tuple[Score, ...]
    comparisons: tuple[Comparison, ...]
    conclusion: str
    threshold: Threshold | None
    importances: Importances | None
    learning_curve: LearningCurve | None
    coverage: tuple[TestedCoverage, ...]
    training: dict[str, Any]
    remedies: tuple[Trials, ...]
    versions: dict[str, str]
    format: int = FORMAT

    def write(self, path: Path) -> None:
        """Write it as indented JSON."""
        text = json.dumps(nan_to_none(asdict(self)), indent=2, ensure_ascii=False, allow_nan=False)
        path.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote.

        Raises
        ------
        InputError
            The file cannot be read, is not the record of a run, or is of another format.
        """
        try:
            text = path.read_text(encoding="utf-8")
            content = json.loads(text, parse_constant=_refuse_constant)
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(
                f"The run must have a readable run.json, got {str(path)!r} ({error}): train again."
            ) from error
        names = {field.name for field in fields(cls)}
        found = content.get("format") if isinstance(content, dict) else None
        if found != FORMAT or set(content) != names:
            raise InputError(
                f"The run must have a run.json of format {FORMAT}, got {str(path)!r} of "
                f"{'another kind' if found is None else f'format {found}'}: read it with the "
                "epochal that wrote it, or train again."
            )
        if wrong := first_invalid_field(content):
            raise InputError(
                f"The run must have a run.json that `epochal train` wrote, got {str(path)!r} with "
                f"an invalid {wrong!r}: train again."
            )
        scores = tuple(map(Score.from_dict, content["scores"]))
        comparisons = tuple(map(Comparison.from_dict, content["comparisons"]))
        threshold = content["threshold"] and Threshold.from_dict(content["threshold"])
        importances = content["importances"] and Importances.from_dict(content["importances"])
        curve = content["learning_curve"] and LearningCurve.from_dict(content["learning_curve"])
        read: dict[str, Any] = {
            "scores": scores,
            "comparisons": comparisons,
            "threshold": threshold,
        }
        remedies = tuple(map(Trials.from_dict, content["remedies"]))
        read["coverage"] = tuple(map(TestedCoverage.from_dict, content["coverage"]))
        read |= {"importances": importances, "learning_curve": curve, "remedies": remedies}
        return cls(**{**content, **read})

    def score(self, name: str) -> Score:
        """The score of this name or label, such as "accuracy" or "RMSE of price".

        Of several targets, a name without one is that of the first; KeyError where there is none.
        """
        named = {score.name: score for score in reversed(self.scores)}
        return (named | {score.label: score for score in self.scores})[name]

    @property
    def decision_threshold(self) -> float:
        """From which probability on a row is said to be positive; 0.5 where none was chosen."""
        return DEFAULT_THRESHOLD if self.threshold is None else self.threshold.value

    def load_task(self) -> Task:
        """The task as a dataclass."""
        tuples = {name: tuple(self.task[name]) for name in ("target", "classes", "metrics")}
        return Task(**{**self.task, **tuples})


def _refuse_constant(name: str) -> float:
    """JSON has no NaN and no infinity, and `write` writes none."""
    raise ValueError(f"{name} is no number")


def versions() -> dict[str, str]:
    """The versions of Python and of each package that a run depends on."""
    return {"python": python_version()} | {name: version(name) for name in PACKAGES}
