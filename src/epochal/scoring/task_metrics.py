"""Which scores a task has, and which of them is its headline."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from numpy.typing import NDArray

from epochal.errors import InputError, suggest
from epochal.scoring import metrics, probability_metrics
from epochal.scoring.metrics import Floats, Metric, MetricFunction
from epochal.translation import translatable

COST_PER_ROW = translatable("cost per row")

RARE = 0.1
"""A class of a smaller fraction of the rows is rare: saying nothing but the others is accurate."""


def _metric(
    name: str,
    function: MetricFunction,
    *,
    higher: bool = True,
    percent: bool = False,
    needs_class: bool = False,
    of_positive: bool = False,
) -> Metric:
    return Metric(
        name=name,
        higher_is_better=higher,
        percent=percent,
        function=function,
        needs_class=needs_class,
        of_positive=of_positive,
    )


_ACCURACY = _metric("accuracy", metrics.label_accuracy, percent=True, needs_class=True)
_AUC = _metric("AUC", metrics.label_auc, of_positive=True)
_AVERAGE_PRECISION = _metric("average precision", metrics.label_average_precision, of_positive=True)
_LOG_LOSS = _metric("log loss", metrics.label_log_loss, higher=False)
_BRIER = _metric("Brier score", probability_metrics.label_brier, higher=False)
_CALIBRATION = _metric(
    "calibration error (15 bins)", probability_metrics.label_calibration_error, higher=False
)
_F1 = _metric("F1", metrics.label_f1, needs_class=True, of_positive=True)
_R2 = _metric("R²", metrics.r2)
_VALUES = (
    _metric("RMSE", metrics.rmse, higher=False),
    _metric("MAE", metrics.mae, higher=False),
    _R2,
)
ALL_METRICS: dict[str, tuple[Metric, ...]] = {
    "binary": (
        _ACCURACY,
        _metric("balanced accuracy", metrics.two_class_recall, percent=True, needs_class=True),
        _AUC,
        _AVERAGE_PRECISION,
        _LOG_LOSS,
        _BRIER,
        _CALIBRATION,
        _F1,
        _metric("precision", metrics.positive_precision, needs_class=True, of_positive=True),
        _metric("recall", metrics.positive_recall, needs_class=True, of_positive=True),
    ),
    "multilabel": (
        _ACCURACY,
        _AUC,
        _AVERAGE_PRECISION,
        _LOG_LOSS,
        _BRIER,
        _CALIBRATION,
        _F1,
    ),
    "multiclass": (
        _metric("accuracy", metrics.class_accuracy, percent=True, needs_class=True),
        _metric("balanced accuracy", metrics.class_recall, percent=True, needs_class=True),
        _metric("AUC", metrics.class_auc),
        _metric("log loss", metrics.class_log_loss, higher=False),
        _metric("Brier score", probability_metrics.class_brier, higher=False),
        _metric(
            "calibration error (15 bins)",
            probability_metrics.class_calibration_error,
            higher=False,
        ),
        _metric("F1", metrics.class_f1, needs_class=True),
    ),
    "regression": _VALUES,
    "unit_interval": _VALUES,
}
"""The scores of each task, of one target; over classes or labels they are plain means."""


def metrics_of(
    task: str,
    *,
    targets: Sequence[str] = (),
    positive: str | None = None,
    costs: tuple[float, float] | None = None,
) -> tuple[Metric, ...]:
    """The scores of a task.

    Parameters
    ----------
    task : str
        One of `epochal.data.TASKS`.
    targets : sequence of str
        Several numbers to predict have scores of their own each, as their units differ; before
        them stands the mean R², which has no unit.
    positive : str, optional
        The positive class of two, which is named beside the scores that depend on it.
    costs : tuple of float, optional
        Of a false positive and of a false negative: the mean cost is a score, too.

    Examples
    --------
    >>> [metric.label for metric in metrics_of("binary", positive="fraud")][-2:]
    ['precision of fraud', 'recall of fraud']
    >>> [metric.label for metric in metrics_of("regression", targets=("price", "days"))][:3]
    ['mean R²', 'RMSE of price', 'MAE of price']
    """
    found = ALL_METRICS[task]
    if task == "binary":
        priced = (_cost(costs),) if costs else ()
        return tuple(
            replace(one, of=positive) if one.of_positive else one for one in (*found, *priced)
        )
    if found is not _VALUES or len(targets) < 2:
        return found
    each = (
        replace(one, function=_of_column(one.function, at), of=name)
        for at, name in enumerate(targets)
        for one in found
    )
    return (replace(_R2, name=translatable("mean R²")), *each)


def _cost(costs: tuple[float, float]) -> Metric:
    function = partial(metrics.positive_cost, costs=costs)
    return _metric(COST_PER_ROW, function, higher=False, needs_class=True)


def _of_column(function: MetricFunction, at: int) -> MetricFunction:
    """The score of one of several targets."""

    def of_column(truth: NDArray, predicted: Floats, weights: Floats) -> Floats:
        return function(truth[:, at : at + 1], predicted[:, at : at + 1], weights)

    return of_column


def headline_first(
    found: Sequence[Metric], *, asked: str | None = None, rarest: float = 1.0
) -> tuple[Metric, ...]:
    """The scores with the headline first.

    Parameters
    ----------
    found : sequence of Metric
        As `metrics_of` gives them.
    asked : str, optional
        The name or label of the headline. None takes the first of `found`, which is accuracy for
        classes; where a class is rare, average precision of two classes and balanced accuracy of
        more: the most frequent class alone would have a high accuracy.
    rarest : float
        The fraction of the rows that the rarest class has; of more than 10 classes some is always
        rare.

    Raises
    ------
    InputError
        There is no such score; the nearest is suggested.

    Examples
    --------
    >>> headline_first(metrics_of("binary"), rarest=0.02)[0].name
    'average precision'
    """
    if asked is not None:
        first = _named(found, asked)
    elif rarest < RARE:
        names = [one.name for one in found]
        at = "average precision" if "average precision" in names else "balanced accuracy"
        first = found[names.index(at)]
    else:
        first = found[0]
    return (first, *(one for one in found if one is not first))


def _named(found: Sequence[Metric], asked: str) -> Metric:
    wanted = asked.strip().lower().replace("r2", "r²")
    for one in found:
        if wanted in (one.label.lower(), one.name.lower()):
            return one
    labels = [one.label for one in found]
    raise InputError(
        f"metric must be one of {', '.join(labels)}, got {asked!r}: give one of them."
        f"{suggest(asked, [*labels, *(one.name for one in found)])}"
    )
