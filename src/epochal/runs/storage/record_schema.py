"""Whether the content of a `run.json` has the structure that its readers rely on."""

from collections.abc import Mapping
from typing import Any

from epochal.data import Column, Leak, Task
from epochal.explanation.importances import Importance, Importances
from epochal.explanation.learning_curve import LearningCurve
from epochal.models.distribution_names import DISTRIBUTIONS
from epochal.runs.storage.record_values import (
    Check,
    all_texts_of,
    are_counts,
    are_texts,
    are_texts_by_name,
    has_fields_of,
    is_count,
    is_interval,
    is_known_number,
    is_mapping,
    is_number,
    is_text,
    list_of,
)
from epochal.scoring import Comparison, Score
from epochal.scoring.tested_coverage import CoverageOfGroup, TestedCoverage
from epochal.scoring.threshold import Threshold
from epochal.scoring.trials import Trial, Trials


def first_invalid_field(content: Mapping[str, Any]) -> str | None:
    """The first field that is not as `RunRecord.write` writes it; None where all are.

    Examples
    --------
    >>> first_invalid_field({"created": 3})
    'created'
    """
    return next(
        (name for name, is_valid in _FIELDS.items() if not is_valid(content.get(name))), None
    )


def _settings(value: Any) -> bool:
    return (
        is_mapping(value)
        and is_text(value.get("network"))
        and is_count(value.get("seed"))
        and value.get("distribution") in (None, *DISTRIBUTIONS)
        and (value.get("cost") is None or _cost(value["cost"]))
    )


def _cost(value: Any) -> bool:
    return (
        is_mapping(value)
        and set(value) == {"fp", "fn"}
        and all(is_number(cost) and cost is not None and cost >= 0 for cost in value.values())
    )


def _training(value: Any) -> bool:
    """What is shown of a training."""
    return (
        is_mapping(value)
        and all(is_text(value.get(name)) for name in ("engine", "engine_reason"))
        and all(is_count(value.get(name)) for name in ("members", "epochs", "best_epoch"))
        and all(is_known_number(value.get(name)) for name in ("peak_learning_rate", "seconds"))
        and are_texts(value.get("range_test_warnings"))
        and list_of(is_count)(value.get("best_epochs"))
        and bool(value["best_epochs"])
        and _diagnosis(value.get("diagnosis"))
    )


def _recipe(value: Any) -> bool:
    """What is shown of a recipe: the learning rates of its variants."""
    return (
        is_mapping(value)
        and list_of(lambda one: is_mapping(one) and _rate(one))(value.get("variants"))
        and bool(value["variants"])
    )


def _rate(variant: Mapping[str, Any]) -> bool:
    return "learning_rate" in variant and is_number(variant["learning_rate"])


def _diagnosis(value: Any) -> bool:
    return (
        is_mapping(value)
        and all(is_text(value.get(name)) for name in ("kind", "sentence", "remedy", "line"))
        and is_mapping(value.get("evidence"))
        and all(map(is_number, value["evidence"].values()))
    )


def _column(value: Any) -> bool:
    return (
        has_fields_of(Column, value)
        and all(is_text(value[name]) for name in ("name", "kind", "note"))
        and all(is_count(value[name]) for name in ("missing", "distinct"))
    )


def _task(value: Any) -> bool:
    """The fields of `epochal.data.Task`, with as many classes and outputs as its kind has."""
    if not has_fields_of(Task, value):
        return False
    target, classes, outputs = value["target"], value["classes"], value["outputs"]
    return (
        all(is_text(value[name]) for name in ("kind", "output_activation", "loss"))
        and are_texts(target)
        and are_texts(value["metrics"])
        and isinstance(classes, list)
        and not any(isinstance(one, list | dict) for one in classes)
        and is_count(outputs)
        and is_count(value["missing"])
        and (len(target), len(classes), outputs) == _sizes(value["kind"], target, classes)
    )


def _sizes(kind: str, target: list[str], classes: list[Any]) -> tuple[int, int, int] | None:
    """Targets, classes and outputs of a task of this kind; None where there is no such kind."""
    several = max(1, len(target))
    return {
        "binary": (1, 2, 1),
        "multiclass": (1, len(classes), max(2, len(classes))),
        "multilabel": (several, several, several),
        "regression": (several, 0, several),
        "unit_interval": (several, 0, several),
    }.get(kind)


def _scores(value: Any) -> bool:
    """At least one, each with the same baselines."""
    return (
        list_of(_score)(value)
        and bool(value)
        and all(score["baselines"].keys() == value[0]["baselines"].keys() for score in value)
    )


def _score(value: Any) -> bool:
    return (
        has_fields_of(Score, value)
        and is_text(value["name"])
        and (value["of"] is None or is_text(value["of"]))
        and all(isinstance(value[name], bool) for name in ("higher_is_better", "percent"))
        and is_interval(value["network"])
        and is_mapping(value["baselines"])
        and all(map(is_interval, value["baselines"].values()))
    )


def _comparison(value: Any) -> bool:
    return (
        has_fields_of(Comparison, value)
        and is_text(value["model"])
        and is_text(value["baseline"])
        and is_interval(value["gain"])
    )


def _threshold(value: Any) -> bool:
    return (
        has_fields_of(Threshold, value)
        and is_text(value["rule"])
        and isinstance(value["reached"], bool)
        and is_count(value["rows"])
        and value["value"] is not None
        and all(is_number(value[name]) for name in ("value", "precision", "recall"))
    )


def _importances(value: Any) -> bool:
    return (
        has_fields_of(Importances, value)
        and is_text(value["score"])
        and isinstance(value["percent"], bool)
        and all(is_count(value[name]) for name in ("rows", "repeats"))
        and are_texts(value["not_measured"])
        and list_of(_importance)(value["groups"])
    )


def _importance(value: Any) -> bool:
    return (
        has_fields_of(Importance, value)
        and are_texts(value["columns"])
        and bool(value["columns"])
        and is_interval(value["importance"])
    )


def _learning_curve(value: Any) -> bool:
    return (
        has_fields_of(LearningCurve, value)
        and is_text(value["score"])
        and all(isinstance(value[name], bool) for name in ("higher_is_better", "percent"))
        and list_of(is_count)(value["rows"])
        and len(value["rows"]) > 1
        and list_of(is_interval)(value["scores"])
        and len(value["scores"]) == len(value["rows"])
        and is_interval(value["gain"])
    )


def _trials(value: Any) -> bool:
    return (
        has_fields_of(Trials, value)
        and all(is_text(value[name]) for name in ("why", "label", "conclusion"))
        and all(isinstance(value[name], bool) for name in ("higher_is_better", "percent"))
        and all(is_count(value[name]) for name in ("rows", "folds"))
        and list_of(_trial)(value["trials"])
    )


def _trial(value: Any) -> bool:
    return (
        has_fields_of(Trial, value)
        and all(is_text(value[name]) for name in ("what", "option"))
        and isinstance(value["better"], bool)
        and is_interval(value["score"])
        and (value["gain"] is None or is_interval(value["gain"]))
        and all(is_number(value[name]) for name in ("log_loss", "calibration_error"))
    )


def _tested_coverage(value: Any) -> bool:
    return (
        has_fields_of(TestedCoverage, value)
        and all(is_text(value[name]) for name in ("target", "kind", "holds_for"))
        and isinstance(value["asked"], float)
        and is_count(value["left_out"])
        and is_number(value["interval_score"])
        and list_of(_coverage_of_group)(value["groups"])
        and bool(value["groups"])
    )


def _coverage_of_group(value: Any) -> bool:
    return (
        has_fields_of(CoverageOfGroup, value)
        and is_text(value["name"])
        and is_count(value["rows"])
        and is_interval(value["coverage"])
        and is_number(value["size"])
    )


_FIELDS: dict[str, Check] = {
    **dict.fromkeys(("created", "state", "source", "name", "fingerprint", "command"), is_text),
    "settings": _settings,
    "recipe": _recipe,
    "task": _task,
    "columns": list_of(_column),
    "leaks": all_texts_of(Leak),
    "split_warnings": list_of(are_texts_by_name),
    **dict.fromkeys(("rows", "duplicates"), are_counts),
    "notes": are_texts,
    "network": is_text,
    "scores": _scores,
    "comparisons": list_of(_comparison),
    "conclusion": is_text,
    "threshold": lambda value: value is None or _threshold(value),
    "importances": lambda value: value is None or _importances(value),
    "learning_curve": lambda value: value is None or _learning_curve(value),
    "coverage": list_of(_tested_coverage),
    "training": _training,
    "versions": are_texts_by_name,
    "remedies": list_of(_trials),
}
