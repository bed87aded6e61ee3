"""Whether the content of a `run.json` has the structure that its readers rely on."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from epochal.data import Column, Leak, Task
from epochal.explanation.importances import Importance, Importances
from epochal.explanation.learning_curve import LearningCurve
from epochal.models.distribution_names import DISTRIBUTIONS
from epochal.scoring import Comparison, Interval, Score
from epochal.scoring.tested_coverage import CoverageOfGroup, TestedCoverage
from epochal.scoring.threshold import Threshold
from epochal.scoring.trials import Trial, Trials

Check = Callable[[Any], bool]

_LARGEST = 1e300  # of a score: larger integers do not even fit a float


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


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _all(check: Check) -> Check:
    """Whether a value is a list of such values."""
    return lambda value: isinstance(value, list) and all(map(check, value))


_texts = _all(_text)


def _mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _texts_by_name(value: Any) -> bool:
    return _mapping(value) and all(map(_text, value.values()))


def _has_fields_of(kind: type, value: Any) -> bool:
    """Whether `value` has exactly the fields of a dataclass."""
    return _mapping(value) and set(value) == {field.name for field in fields(kind)}


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32


def _number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and abs(value) <= _LARGEST)


def _counts(value: Any) -> bool:
    return _mapping(value) and all(map(_count, value.values()))


def _settings(value: Any) -> bool:
    return (
        _mapping(value)
        and _text(value.get("network"))
        and _count(value.get("seed"))
        and value.get("distribution") in (None, *DISTRIBUTIONS)
        and (value.get("cost") is None or _cost(value["cost"]))
    )


def _cost(value: Any) -> bool:
    return (
        _mapping(value)
        and set(value) == {"fp", "fn"}
        and all(_number(cost) and cost is not None and cost >= 0 for cost in value.values())
    )


def _training(value: Any) -> bool:
    """What is shown of a training."""
    return (
        _mapping(value)
        and all(_text(value.get(name)) for name in ("engine", "engine_reason"))
        and all(_count(value.get(name)) for name in ("members", "epochs", "best_epoch"))
        and all(_known_number(value.get(name)) for name in ("peak_learning_rate", "seconds"))
        and _texts(value.get("range_test_warnings"))
        and _all(_count)(value.get("best_epochs"))
        and bool(value["best_epochs"])
        and _diagnosis(value.get("diagnosis"))
    )


def _known_number(value: Any) -> bool:
    return value is not None and _number(value)


def _diagnosis(value: Any) -> bool:
    return (
        _mapping(value)
        and all(_text(value.get(name)) for name in ("kind", "sentence", "remedy", "line"))
        and _mapping(value.get("evidence"))
        and all(map(_number, value["evidence"].values()))
    )


def _column(value: Any) -> bool:
    return (
        _has_fields_of(Column, value)
        and all(_text(value[name]) for name in ("name", "kind", "note"))
        and all(_count(value[name]) for name in ("missing", "distinct"))
    )


def _all_texts_of(kind: type) -> Check:
    """Whether a value is a list of dataclasses whose fields are texts."""
    return _all(lambda one: _has_fields_of(kind, one) and all(map(_text, one.values())))


def _task(value: Any) -> bool:
    """The fields of `epochal.data.Task`, with as many classes and outputs as its kind has."""
    if not _has_fields_of(Task, value):
        return False
    target, classes, outputs = value["target"], value["classes"], value["outputs"]
    return (
        all(_text(value[name]) for name in ("kind", "output_activation", "loss"))
        and _texts(target)
        and _texts(value["metrics"])
        and isinstance(classes, list)
        and not any(isinstance(one, list | dict) for one in classes)
        and _count(outputs)
        and _count(value["missing"])
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
        _all(_score)(value)
        and bool(value)
        and all(score["baselines"].keys() == value[0]["baselines"].keys() for score in value)
    )


def _score(value: Any) -> bool:
    return (
        _has_fields_of(Score, value)
        and _text(value["name"])
        and (value["of"] is None or _text(value["of"]))
        and all(isinstance(value[name], bool) for name in ("higher_is_better", "percent"))
        and _interval(value["network"])
        and _mapping(value["baselines"])
        and all(map(_interval, value["baselines"].values()))
    )


def _comparison(value: Any) -> bool:
    return (
        _has_fields_of(Comparison, value)
        and _text(value["model"])
        and _text(value["baseline"])
        and _interval(value["gain"])
    )


def _threshold(value: Any) -> bool:
    return (
        _has_fields_of(Threshold, value)
        and _text(value["rule"])
        and isinstance(value["reached"], bool)
        and _count(value["rows"])
        and value["value"] is not None
        and all(_number(value[name]) for name in ("value", "precision", "recall"))
    )


def _importances(value: Any) -> bool:
    return (
        _has_fields_of(Importances, value)
        and _text(value["score"])
        and isinstance(value["percent"], bool)
        and all(_count(value[name]) for name in ("rows", "repeats"))
        and _texts(value["not_measured"])
        and _all(_importance)(value["groups"])
    )


def _importance(value: Any) -> bool:
    return (
        _has_fields_of(Importance, value)
        and _texts(value["columns"])
        and bool(value["columns"])
        and _interval(value["importance"])
    )


def _learning_curve(value: Any) -> bool:
    return (
        _has_fields_of(LearningCurve, value)
        and _text(value["score"])
        and all(isinstance(value[name], bool) for name in ("higher_is_better", "percent"))
        and _all(_count)(value["rows"])
        and len(value["rows"]) > 1
        and _all(_interval)(value["scores"])
        and len(value["scores"]) == len(value["rows"])
        and _interval(value["gain"])
    )


def _trials(value: Any) -> bool:
    return (
        _has_fields_of(Trials, value)
        and all(_text(value[name]) for name in ("why", "label", "conclusion"))
        and all(isinstance(value[name], bool) for name in ("higher_is_better", "percent"))
        and all(_count(value[name]) for name in ("rows", "folds"))
        and _all(_trial)(value["trials"])
    )


def _trial(value: Any) -> bool:
    return (
        _has_fields_of(Trial, value)
        and all(_text(value[name]) for name in ("what", "option"))
        and isinstance(value["better"], bool)
        and _interval(value["score"])
        and (value["gain"] is None or _interval(value["gain"]))
        and all(_number(value[name]) for name in ("log_loss", "calibration_error"))
    )


def _tested_coverage(value: Any) -> bool:
    return (
        _has_fields_of(TestedCoverage, value)
        and all(_text(value[name]) for name in ("target", "kind", "holds_for"))
        and isinstance(value["asked"], float)
        and _count(value["left_out"])
        and _number(value["interval_score"])
        and _all(_coverage_of_group)(value["groups"])
        and bool(value["groups"])
    )


def _coverage_of_group(value: Any) -> bool:
    return (
        _has_fields_of(CoverageOfGroup, value)
        and _text(value["name"])
        and _count(value["rows"])
        and _interval(value["coverage"])
        and _number(value["size"])
    )


def _interval(value: Any) -> bool:
    return _has_fields_of(Interval, value) and all(map(_number, value.values()))


_FIELDS: dict[str, Check] = {
    **dict.fromkeys(("created", "state", "source", "name", "fingerprint", "command"), _text),
    "settings": _settings,
    "recipe": _mapping,
    "task": _task,
    "columns": _all(_column),
    "leaks": _all_texts_of(Leak),
    "split_warnings": _all(_texts_by_name),
    **dict.fromkeys(("rows", "duplicates"), _counts),
    "notes": _texts,
    "network": _text,
    "scores": _scores,
    "comparisons": _all(_comparison),
    "conclusion": _text,
    "threshold": lambda value: value is None or _threshold(value),
    "importances": lambda value: value is None or _importances(value),
    "learning_curve": lambda value: value is None or _learning_curve(value),
    "coverage": _all(_tested_coverage),
    "training": _training,
    "versions": _texts_by_name,
    "remedies": _all(_trials),
}
