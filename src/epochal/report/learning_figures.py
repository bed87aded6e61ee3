"""Charts of the training: loss and metrics by epoch, learning rate by step, the range test."""

import numpy as np
from numpy.typing import ArrayLike

from epochal.report import svg
from epochal.report.content import RangeTest, ReportContent
from epochal.report.figures import Figure
from epochal.scoring.formatting import capitalised, score_text
from epochal.translation import translatable, translate

SHORT_NAMES = {
    "root_mean_squared_error": "RMSE",
    "mae": "MAE",
    "mse": "MSE",
    "auc": "AUC",
    "binary_accuracy": translatable("binary accuracy"),
    "mean_squared_error": translatable("mean squared error"),
    "binary_crossentropy": translatable("binary crossentropy"),
    "categorical_crossentropy": translatable("categorical crossentropy"),
    "sparse_categorical_crossentropy": translatable("sparse categorical crossentropy"),
}
"""Keras' names of metrics as a person knows them."""


def learning_figures(content: ReportContent) -> list[Figure]:
    """Draw each chart of the training that the run has data for."""
    figures = history_figures(
        content.history, content.best_epoch, content.members, content.target_deviations
    )
    if content.penalty is not None:
        tested = content.history.get("val_loss")
        whole = tested is not None and len(tested) == len(content.penalty)
        figures.append(penalty_figure(content.penalty, tested if whole else None))
    if content.learning_rates.size:
        figures.append(rate_figure(content.learning_rates, content.members))
    if content.range_test is not None:
        figures.append(range_figure(content.range_test))
    return figures


def history_figures(
    history: dict[str, list[float]],
    best_epoch: int | None,
    members: int = 1,
    target_deviations: bool = False,
) -> list[Figure]:
    """Draw the loss and each metric, training beside validation."""
    names = [name for name in history if not name.startswith("val_") and name != "learning_rate"]
    names.sort(key=lambda name: name != "loss")
    return [
        _history_figure(
            name,
            history[name],
            history.get(f"val_{name}"),
            best_epoch,
            members,
            _caption(members, target_deviations),
        )
        for name in names
    ]


def _caption(members: int, target_deviations: bool) -> str:
    """What a reader of the curves must know."""
    means = ""
    if members > 1:
        means = translate("Means of those of {count} networks still trained.", count=members)
    unit = translate("In standard deviations of the target.") if target_deviations else ""
    return f"{means} {unit}".strip()


def _history_figure(
    name: str,
    training: list[float],
    validation: list[float] | None,
    best_epoch: int | None,
    members: int,
    caption: str,
) -> Figure:
    epochs = np.arange(1, len(training) + 1)
    words = translate(SHORT_NAMES.get(name, name.replace("_", " ")))
    plot = svg.frame(
        epochs, svg.widest([training, validation or []]), x_label=translate("epoch"), y_label=words
    )
    marks, legend = [], []
    if best_epoch is not None:
        x = float(plot.x(best_epoch + 1))
        marks.append(svg.line(x, plot.y.start, x, plot.y.end, "marker"))
        kept = (
            translatable("epoch {epoch}, kept")
            if members == 1
            else translatable("epoch {epoch}, the middle one of those kept")
        )
        legend.append(("marker", translate(kept, epoch=best_epoch + 1)))
    marks.append(svg.curve(plot, epochs, training, "series second"))
    legend.insert(0, ("second", translate("training")))
    if validation is not None:
        marks.append(svg.curve(plot, epochs[: len(validation)], validation, "series first"))
        legend.insert(1, ("first", _tested(members)))
    return Figure(
        name=f"history-{name}",
        title=translate("{metric} by epoch", metric=capitalised(words)),
        caption=caption,
        drawing=svg.draw(
            plot, marks, title=translate("{metric} by epoch", metric=words), whole_x=True
        ),
        legend=tuple(legend),
    )


def _tested(members: int) -> str:
    return translate("validation") if members == 1 else translate("rows left out")


def penalty_figure(penalty: ArrayLike, losses: ArrayLike | None) -> Figure:
    """Draw what regularization adds to the loss, beside the validation loss without it."""
    added = np.asarray(penalty, dtype=float)
    epochs = np.arange(1, len(added) + 1)
    data = None if losses is None else np.asarray(losses, dtype=float) - added
    plot = svg.frame(
        epochs,
        svg.widest([added, [] if data is None else data, [0.0]]),
        x_label=translate("epoch"),
        y_label=translate("loss"),
    )
    marks = [svg.curve(plot, epochs, added, "series second")]
    legend = [("second", translate("regularization penalty"))]
    if data is not None:
        marks.append(svg.curve(plot, epochs, data, "series first"))
        legend.append(("first", translate("validation loss without it")))
    return Figure(
        name="penalty",
        title=translate("Regularization penalty by epoch"),
        caption=translate("The validation loss above is the sum of the two."),
        drawing=svg.draw(plot, marks, title=translate("penalty by epoch"), whole_x=True),
        legend=tuple(legend),
    )


def rate_figure(learning_rates: ArrayLike, members: int = 1) -> Figure:
    """Draw the learning rate of each step, of one of so many networks."""
    rates = np.asarray(learning_rates, dtype=float)
    steps = np.arange(1, len(rates) + 1)
    plot = svg.frame(
        steps,
        svg.widest([rates, [0.0]]),
        x_label=translate("step"),
        y_label=translate("learning rate"),
    )
    peak = score_text(float(np.max(rates)))
    caption = translate("Peak {rate}.", rate=peak)
    if members > 1:
        caption = translate("Of one of {count} networks: peak {rate}.", count=members, rate=peak)
    return Figure(
        name="rate",
        title=translate("Learning rate by step"),
        caption=caption,
        drawing=svg.draw(
            plot,
            [svg.curve(plot, steps, rates, "series first")],
            title=translate("learning rate by step"),
        ),
    )


def range_figure(test: RangeTest) -> Figure:
    """Draw the range test: loss against learning rate, with the one that was chosen."""
    losses = np.asarray(test.losses, dtype=float)
    finite = losses[np.isfinite(losses)]
    # A diverging loss would flatten everything before it.
    top = float(finite.min() + 4 * (finite[0] - finite.min() or 1.0)) if finite.size else 1.0
    shown = np.where(losses <= max(top, float(finite[0]) * 1.2), losses, np.nan)
    plot = svg.frame(
        test.learning_rates,
        shown,
        x_label=translate("learning rate"),
        y_label=translate("loss"),
        log_x=True,
    )
    begin, peak = plot.x([test.suggestion, test.peak])
    marks = [
        svg.line(begin, plot.y.start, begin, plot.y.end, "marker"),
        svg.line(peak, plot.y.start, peak, plot.y.end, "ideal"),
        svg.curve(plot, test.learning_rates, shown, "series first"),
    ]
    return Figure(
        name="range-test",
        title=translate("Learning-rate range test"),
        caption=translate(
            "On a copy of the network, the learning rate rises at each step until the loss "
            "diverges."
        ),
        drawing=svg.draw(plot, marks, title=translate("loss against learning rate")),
        legend=(
            ("first", translate("loss, smoothed")),
            ("marker", translate("steepest descent: {rate}", rate=score_text(test.suggestion))),
            ("ideal", translate("peak: {rate}", rate=score_text(test.peak))),
        ),
    )
