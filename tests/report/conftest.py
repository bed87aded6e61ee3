"""Report contents that the tests render: a plain one for each task, and one full of malice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from epochal.data import Column, Leak
from epochal.explanation.importances import Importance, Importances
from epochal.explanation.learning_curve import LearningCurve
from epochal.explanation.partial_dependence import PartialDependence
from epochal.report import (
    ClassOutcome,
    DistributionOutcome,
    ErrorTable,
    ExplanationContent,
    LabelOutcome,
    RangeTest,
    ReportContent,
    ValueOutcome,
)
from epochal.scoring import Interval, Score
from epochal.scoring.tested_coverage import CoverageOfGroup, TestedCoverage
from epochal.scoring.trials import AS_IT_IS, Trial, Trials

ROWS = 179
OF_CLASSES = ("most frequent class", "logistic regression", "gradient boosting")
OF_VALUES = ("mean", "linear regression", "gradient boosting")
HOSTILE = "<script>alert('x')</script>&\"'<img src=x onerror=alert(1)>"


def _score(
    name: str, higher: bool, percent: bool, *values: float, baselines: tuple[str, ...] = OF_CLASSES
) -> Score:
    network, *others = (Interval(value=v, low=0.93 * v, high=1.05 * v) for v in values)
    return Score(
        name=name,
        higher_is_better=higher,
        percent=percent,
        network=network,
        baselines=dict(zip(baselines, others, strict=True)),
    )


def distribution(name: str) -> DistributionOutcome:
    """Such as are a little too wide."""
    random = np.random.default_rng(4)
    return DistributionOutcome(
        name=name,
        levels=random.beta(1.4, 1.4, 300),
        deviations=random.gamma(9, 1, 300),
        scatter=9.0,
    )


def explanation(output: str = "probability of yes", named: str = "") -> ExplanationContent:
    """What a binary run rests on; `named`: the name of every column and value."""

    def gain(value: float) -> Interval:
        return Interval(value=value, low=value - 0.04, high=value + 0.05)

    def dependence(column: str, kind: str, *values: Any) -> PartialDependence:
        mean = np.linspace(0.2, 0.6, len(values))[:, None]
        return PartialDependence(
            column=named or column,
            kind=kind,
            values=values,
            mean=mean,
            low=mean - 0.15,
            high=mean + 0.2,
            spread=np.array([1.2]),
        )

    return ExplanationContent(
        errors=ErrorTable(
            headings=("row", "true", "predicted", "error", named or "sex", named or "age"),
            rows=(
                ("12", "yes", "no", "3.21", named or "male", "31"),
                ("7", "no", "yes", "2", "–", "4"),
            ),
            what="log loss",
        ),
        outputs=(output,),
        importances=Importances(
            score="accuracy",
            percent=True,
            groups=tuple(
                Importance(columns=columns, importance=gain(value))
                for columns, value in (
                    ((named or "sex", "who"), 0.19),
                    (("age",), 0.03),
                    (("unknown",), float("nan")),
                )
            ),
            rows=ROWS,
            repeats=7,
            not_measured=("fare",),
        ),
        dependences=(
            dependence("age", "numeric", 1.0, 20.0, 60.0),
            dependence("sex", "category", *(["male", "female"] if not named else [named, "x"])),
            dependence("born", "date", 1990.5, 2001.0),
        ),
        learning_curve=LearningCurve(
            score="accuracy",
            percent=True,
            higher_is_better=True,
            rows=(90, 180, 356),
            scores=(gain(0.7), gain(0.75), gain(0.81)),
            gain=gain(0.06),
        ),
    )


def tried(what: str, option: str) -> Trials:
    """What was tried beside a training."""
    score = Interval(value=0.7912, low=0.7421, high=0.8311)
    gain = Interval(value=-0.0124, low=-0.0423, high=0.0212)
    of_classes: dict[str, Any] = {"log_loss": 0.4312, "calibration_error": 0.0412}
    return Trials(
        why="remedies",
        label="average precision of fraud",
        higher_is_better=True,
        percent=True,
        rows=1234,
        folds=3,
        trials=(
            Trial(what=AS_IT_IS, option="", score=score, **of_classes),
            Trial(what=what, option=option, score=score, gain=gain, better=True, **of_classes),
        ),
        conclusion=f"To take it: {option}",
    )


def covered(kind: str, name: str = "") -> TestedCoverage:
    """The coverage of a target; `name`: what it and a group of rows are called."""
    coverage = Interval(value=0.9, low=0.85, high=0.94)
    return TestedCoverage(
        target=name or "price",
        kind=kind,
        asked=0.9,
        left_out=700,
        holds_for="rows",
        interval_score=None if kind == "set" else 3.0,
        groups=tuple(
            CoverageOfGroup(name=each, rows=ROWS, coverage=coverage, size=1.4)
            for each in ("", name or "some")
        ),
    )


def binary() -> ReportContent:
    """A run on a table of two classes, as `epochal train` would make it."""
    rng = np.random.default_rng(0)
    positive = rng.beta(0.7, 1.1, ROWS)
    truth = (rng.random(ROWS) < positive).astype(int)
    falling = np.exp(-np.arange(30) / 8)
    steps = np.arange(330)
    rates = np.geomspace(1e-6, 10, 100)
    return ReportContent(
        target="survived",
        source="titanic",
        task="binary classification",
        tested="178 held-out rows",
        intervals="95% bootstrap confidence intervals",
        scores=(
            _score("accuracy", True, True, 0.832, 0.615, 0.804, 0.82),
            _score("AUC", True, False, 0.871, 0.5, 0.858, 0.86),
            _score("log loss", False, False, 0.412, 0.667, 0.431, 0.5),
            _score("F1", True, False, 0.768, float("nan"), 0.741, 0.75),
        ),
        trials=(tried("more dropout", "--dropout 0.3"),),
        coverage=(covered("set"),),
        conclusion="Take logistic regression: nothing is significantly better.",
        history={
            "loss": (0.4 + 0.3 * falling).tolist(),
            "accuracy": (0.85 - 0.25 * falling).tolist(),
            "val_loss": (0.42 + 0.25 * falling + 0.01 * rng.random(30)).tolist(),
            "val_accuracy": (0.83 - 0.2 * falling).tolist(),
        },
        best_epoch=24,
        learning_rates=0.02 * np.interp(steps, [0, 148, 297, 330], [0.1, 1.0, 0.1, 0.001]),
        range_test=RangeTest(
            learning_rates=rates,
            losses=0.7 - 0.3 / (1 + (0.02 / rates) ** 2) + 0.1 * rates**2,
            suggestion=0.0123,
            peak=0.09,
        ),
        outcome=ClassOutcome(
            classes=("no", "yes"),
            truth=truth,
            probabilities=np.column_stack([1 - positive, positive]),
        ),
        columns=(
            Column(name="age", kind="numeric", missing=177, distinct=88),
            Column(name="embarked_in_town", kind="category", missing=0, distinct=2),
            Column(name="alive", kind="dropped", missing=0, distinct=2, note="gives it away"),
        ),
        leaks=(
            Leak(
                name="alive",
                reason="each of its 2 values always comes with one value of 'survived'",
            ),
        ),
        keep_options=("--keep alive",),
        duplicates=14,
        rows={"training": 534, "validation": 178, "test": ROWS},
        network="Two hidden layers of 64 units, ELU, He initialisation; 6,529 weights.",
        command="epochal train titanic --target survived --seed 0",
        settings={"network": "default", "hidden": "64, 64", "seed": "0", "batch size": "32"},
        versions={"epochal": "0.1.0", "keras": "3.15.1", "python": "3.11.7"},
        fingerprint="9f" * 32,
        created="2026-11-21 02:30 UTC",
        explanation=explanation(),
    )


def classes(count: int = 7) -> ReportContent:
    """A run with `count` classes."""
    rng = np.random.default_rng(1)
    truth = rng.integers(0, count, 400)
    logits = rng.normal(size=(400, count)) + 2.5 * np.eye(count)[truth]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    names = tuple(f"quality {index}" for index in range(count))
    outcome = ClassOutcome(classes=names, truth=truth, probabilities=probabilities)
    return replace(binary(), task="classification", outcome=outcome)


def labels() -> ReportContent:
    """A run with three yes/no labels a row."""
    rng = np.random.default_rng(2)
    probabilities = rng.random((200, 3))
    truth = (rng.random((200, 3)) < probabilities).astype(int)
    outcome = LabelOutcome(
        labels=("rain", "wind", "a long name"), truth=truth, probabilities=probabilities
    )
    return replace(binary(), task="several labels", outcome=outcome)


def values() -> ReportContent:
    """A run that predicts a number, interrupted, without leaks."""
    rng = np.random.default_rng(3)
    truth = rng.gamma(4, 6, (500, 1))
    outcome = ValueOutcome(
        names=("medv",), truth=truth, predicted=truth + rng.normal(0, 3, (500, 1))
    )
    return replace(
        binary(),
        task="regression",
        target="medv",
        source="boston",
        outcome=outcome,
        distributions=(distribution("medv"),),
        scores=(
            _score("RMSE", False, False, 2.97, 9.1, 4.8, 5.1, baselines=OF_VALUES),
            _score("MAE", False, False, 2.1, 6.7, 3.4, 3.6, baselines=OF_VALUES),
            _score("R²", True, False, 0.88, 0.0, 0.71, 0.7, baselines=OF_VALUES),
        ),
        conclusion="Take the network: its RMSE is significantly better.",
        interrupted=True,
        leaks=(),
        duplicates=0,
        explanation=explanation("predicted medv"),
    )


def hostile() -> ReportContent:
    """A run whose every name and value from the data tries to become markup, at great length."""
    run = binary()
    long = HOSTILE + "x" * 300
    assert isinstance(run.outcome, ClassOutcome)
    return replace(
        run,
        target=long,
        source=long,
        task=HOSTILE,
        network=long,
        command=f"epochal train {long}",
        notes=(long,),
        trials=(tried(HOSTILE, long),),
        coverage=(covered("interval", HOSTILE),),
        scores=tuple(
            replace(
                s, baselines=dict(zip((HOSTILE, long, "third"), s.baselines.values(), strict=True))
            )
            for s in run.scores
        ),
        conclusion=long,
        outcome=replace(run.outcome, classes=(long, HOSTILE)),
        distributions=(distribution(long),),
        columns=tuple(replace(c, name=long, note=long) for c in run.columns),
        leaks=(Leak(name=long, reason=HOSTILE),),
        keep_options=(long,),
        settings={HOSTILE: long},
        versions={"epochal": HOSTILE},
        history={HOSTILE: [1.0, 0.5]},
        explanation=explanation(long, named=long),
    )


CONTENTS: dict[str, Callable[[], ReportContent]] = {
    "binary": binary,
    "multiclass": classes,
    "multilabel": labels,
    "values": values,
    "hostile": hostile,
}


@pytest.fixture(params=list(CONTENTS))
def content(request: Any) -> ReportContent:
    return CONTENTS[request.param]()


@pytest.fixture(scope="session")
def contents() -> dict[str, Callable[[], ReportContent]]:
    return CONTENTS
