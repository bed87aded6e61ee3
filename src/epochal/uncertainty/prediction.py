"""What Monte-Carlo prediction returns."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from epochal.errors import InputError
from epochal.plots.monte_carlo import monte_carlo
from epochal.summary import html_summary
from epochal.uncertainty.summary import ONE_OF_MANY, YES_OR_NO

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 5  # rows in a notebook


@dataclass(frozen=True, kw_only=True)
class MonteCarloPrediction:
    """What `samples` stochastic predictions for each row say.

    Attributes
    ----------
    mean : numpy.ndarray
        (rows, ...), float32: the mean over the samples; of probabilities, the prediction.
    standard_deviation : numpy.ndarray
        (rows, ...), float32: over the samples, divided by their number as ``numpy.std`` does.
    quantiles : numpy.ndarray
        (levels, rows, ...), float32: at each of `levels`, interpolated as ``numpy.quantile`` does.
    levels : tuple of float
        The levels of `quantiles`, each in [0, 1].
    entropy : numpy.ndarray or None
        The entropy of the mean, in nats: the total uncertainty. (rows,) for classes, up to
        log(classes); (rows, labels) for yes-or-no outputs, up to log 2 each; None for numbers.
    mutual_information : numpy.ndarray or None
        The epistemic uncertainty, that of the weights, because the samples contradict one another:
        entropy - expected_entropy, from 0 up to `entropy` and of its shape. None for numbers.
    task : str
        "multiclass", "binary", "multilabel", "regression" or "unit_interval": what the outputs were
        taken for.
    samples, seed : int
        As asked for.
    engine, engine_reason : str
        What drew the samples, and why that.
    """

    mean: np.ndarray
    standard_deviation: np.ndarray
    quantiles: np.ndarray
    levels: tuple[float, ...]
    entropy: np.ndarray | None
    mutual_information: np.ndarray | None
    task: str
    samples: int
    seed: int
    engine: str
    engine_reason: str

    @property
    def expected_entropy(self) -> np.ndarray | None:
        """The mean entropy of the samples, in nats: the aleatoric uncertainty, that of the data."""
        if self.entropy is None or self.mutual_information is None:
            return None
        expected: np.ndarray = self.entropy - self.mutual_information
        return expected

    @property
    def predicted(self) -> np.ndarray:
        """The most probable class, (rows,); 0 or 1 for yes-or-no outputs; else the mean."""
        if self.task in ONE_OF_MANY:
            classes: np.ndarray = self.mean.argmax(axis=-1)
            return classes
        if self.task in YES_OR_NO:
            return (self.mean > 0.5).astype(np.int64)
        return self.mean

    def quantile(self, level: float) -> np.ndarray:
        """The quantile at one of `levels`, (rows, ...).

        Raises
        ------
        InputError
            A level that was not asked for.
        """
        if level not in self.levels:
            raise InputError(
                f"level must be one of {list(self.levels)}, got {level!r}: "
                "name it in predict_monte_carlo(..., quantiles=...)."
            )
        values: np.ndarray = self.quantiles[self.levels.index(level)]
        return values

    def _repr_html_(self) -> str:
        rows = len(self.mean)
        return html_summary(
            f"{self.task}: {rows:,} rows, {self.samples} samples each on {self.engine}",
            f"the first {SHOWN} rows" if rows > SHOWN else "",
            table=self._first_rows(),
            picture=self._plot,
            alt="mean and standard deviation of the probability of each class, for the first rows",
        )

    def _first_rows(self) -> tuple[list[str], list[list[str]]]:
        columns = {"predicted": self.predicted, "deviation": self.standard_deviation}
        if self.entropy is not None and self.mutual_information is not None:
            columns |= {"entropy": self.entropy, "mutual information": self.mutual_information}
        cells = [[_cell(values[row]) for values in columns.values()] for row in self._shown]
        return ["row", *columns], [
            [str(row), *c] for row, c in zip(self._shown, cells, strict=True)
        ]

    @property
    def _shown(self) -> range:
        return range(min(len(self.mean), SHOWN))

    def _plot(self) -> "Figure":
        if self.task not in ("multiclass", "binary"):
            raise InputError("the task must be one of classes, got another: there is no picture.")
        return monte_carlo(self, self._shown[:3])


def _cell(value: np.ndarray) -> str:
    """A number, or the largest of several."""
    return f"{np.max(value):.4g}"
