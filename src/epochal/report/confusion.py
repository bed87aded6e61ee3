"""The confusion matrix as a chart."""

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from epochal.report import svg
from epochal.report.content import ClassOutcome, LabelOutcome
from epochal.report.figures import Figure
from epochal.translation import translate

MOST_CLASSES = 16
"""Classes that are drawn; of more, the rarest are merged."""


def confusion_matrix(truth: NDArray, predicted: NDArray, classes: int) -> NDArray[np.int64]:
    """Count rows by true class (row) and predicted class (column).

    Parameters
    ----------
    truth, predicted : int array of shape (rows,)
        Indices of classes.
    classes : int
        Number of classes.

    Returns
    -------
    int array of shape (classes, classes)

    Examples
    --------
    >>> import numpy as np
    >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).tolist()
    [[1, 0], [1, 1]]
    """
    return np.bincount(truth * classes + predicted, minlength=classes**2).reshape(classes, classes)


def confusion_figure(outcome: ClassOutcome) -> Figure:
    """Draw the matrix, shaded by the fraction of each row."""
    matrix = confusion_matrix(outcome.truth, outcome.predicted, len(outcome.classes))
    names, matrix = _fold_rare(list(outcome.classes), matrix)
    return Figure(
        name="confusion",
        title=translate("Confusion matrix"),
        caption=translate(
            "Rows are true classes, columns predicted ones; shaded by the fraction of the row."
        ),
        drawing=_draw(names, names, matrix, (translate("predicted"), translate("true"))),
    )


def label_figure(outcome: LabelOutcome) -> Figure:
    """Draw true and false positives and negatives of each label."""
    true, said = outcome.truth == 1, outcome.probabilities >= 0.5
    counts = [true & said, true & ~said, ~true & said, ~true & ~said]
    matrix = np.column_stack([count.sum(axis=0) for count in counts])[:MOST_CLASSES]
    more = len(outcome.labels) - len(matrix)
    return Figure(
        name="confusion",
        title=translate("Confusion matrix of each label"),
        caption=translate(
            "Shaded by the fraction of the row. {count} more labels are in predictions.parquet.",
            count=more,
        )
        if more
        else translate("Shaded by the fraction of the row."),
        drawing=_draw(
            list(outcome.labels[:MOST_CLASSES]),
            [
                translate("true positive"),
                translate("false negative"),
                translate("false positive"),
                translate("true negative"),
            ],
            matrix,
            ("", translate("label")),
        ),
    )


def _fold_rare(names: list[str], matrix: NDArray) -> tuple[list[str], NDArray]:
    """Merge all but the most frequent classes into one."""
    if len(names) <= MOST_CLASSES:
        return names, matrix
    order = np.argsort(-matrix.sum(axis=1), kind="stable")
    kept, rest = np.sort(order[: MOST_CLASSES - 1]), order[MOST_CLASSES - 1 :]
    columns = np.column_stack([matrix[:, kept], matrix[:, rest].sum(axis=1)])
    folded = np.vstack([columns[kept], columns[rest].sum(axis=0)])
    return [*(names[k] for k in kept), translate("{count} others", count=len(rest))], folded


def _draw(rows: list[str], columns: list[str], matrix: NDArray, axes: tuple[str, str]) -> Markup:
    left, top, width = 96.0, 8.0, 400.0
    side = min(120.0, (width - left - 14) / len(columns))
    deep = min(side, 84.0 if len(rows) < 4 else 56.0)
    upright = side >= 70
    bottom = top + deep * len(rows)
    height = bottom + (24 if upright else 68) + (18 if axes[0] else 0)
    fractions = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    opening = Markup('<svg class="chart" viewBox="0 0 {:g} {:g}" role="img" aria-label="{}">')
    parts = [opening.format(width, round(height), translate("counts by truth and prediction"))]
    for row, name in enumerate(rows):
        y = top + deep * row
        label = svg.shorten(name, 11)
        parts.append(svg.text(left - 8, y + deep / 2 + 4, label, "tick", anchor="end", full=name))
        for column in range(len(columns)):
            box = (left + side * column, y, side, deep)
            parts.append(_cell(*box, int(matrix[row, column]), float(fractions[row, column])))
    for column, name in enumerate(columns):
        parts.append(_column_name(left + side * (column + 0.5), bottom, name, upright))
    middle = left + side * len(columns) / 2
    parts.append(svg.text(middle, height - 4, axes[0], "axis", anchor="middle"))
    parts.append(svg.upright_text(12, (top + bottom) / 2, axes[1]))
    return Markup("\n").join([*parts, Markup("</svg>")])


def _cell(x: float, y: float, width: float, height: float, count: int, fraction: float) -> Markup:
    parts = [
        svg.rectangle(x + 1, y + 1, width - 2, height - 2, "cell-base"),
        svg.rectangle(x + 1, y + 1, width - 2, height - 2, "cell", opacity=0.92 * fraction),
    ]
    ink = "on-dark" if fraction > 0.5 else "on-light"
    middle, half = x + width / 2, y + height / 2
    if width >= 60:
        words = f"{100 * fraction:.0f}%"
        parts.append(svg.text(middle, half - 1, f"{count:,}", f"count {ink}", anchor="middle"))
        parts.append(svg.text(middle, half + 14, words, f"tick {ink}", anchor="middle"))
    elif width >= 18 and count:
        parts.append(svg.text(middle, half + 4, str(count), f"tick {ink}", anchor="middle"))
    return Markup("").join(parts)


def _column_name(x: float, y: float, name: str, upright: bool) -> Markup:
    if upright:
        return svg.text(x, y + 16, svg.shorten(name, 14), "tick", anchor="middle", full=name)
    return Markup(
        '<text class="tick" text-anchor="end" transform="translate({:.1f} {:.1f}) rotate(-40)">'
        "<title>{}</title>{}</text>"
    ).format(x + 4, y + 14, name, svg.shorten(name, 11))
