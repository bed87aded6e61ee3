"""`Prediction`: what is predicted of each row, and how sure that is, whatever it comes from."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.data import Task, head_of
from epochal.data.tasks.columns import columns_by_target, prediction_columns, set_columns
from epochal.errors import InputError
from epochal.plots.monte_carlo import monte_carlo
from epochal.summary import html_summary
from epochal.uncertainty.summary import ONE_OF_MANY, YES_OR_NO
from epochal.whole_files import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 5  # rows in a notebook
KINDS = ("total", "aleatoric", "epistemic")


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """What is predicted of each row, and how sure that is.

    It comes from one network, from many draws of it with dropout on (Monte-Carlo), from the members
    of an ensemble, or from draws of each member. What its source cannot tell is None: one network
    without a head for a distribution knows neither its epistemic uncertainty nor, of numbers, its
    aleatoric one.

    Attributes
    ----------
    mean : numpy.ndarray
        (rows, ...): the mean over the draws; of probabilities, the prediction.
    total, aleatoric, epistemic : numpy.ndarray or None
        How unsure a prediction is in all; what of it lies in the data, which no further row takes
        away; and what lies in the networks, because the draws contradict one another. The second
        and the third add up to the first. Of classes they are entropies in nats: H(mean p), mean
        H(p), and the mutual information, their difference; (rows,), up to log(classes), or
        (rows, labels) for yes-or-no outputs, up to log 2 each. Of numbers they are variances, in
        squared units of the target, (rows, ...).
    standard_deviation : numpy.ndarray or None
        (rows, ...). Of probabilities: over the draws, divided by their number as ``numpy.std``
        does. Of numbers: the root of `total`, or of `epistemic` where that is all that is known.
    quantiles : numpy.ndarray
        (levels, rows, ...), at each of `levels`: of what is predicted where the aleatoric
        uncertainty is known, else of the draws, interpolated as ``numpy.quantile`` does.
    levels : tuple of float
        The levels of `quantiles`, each in [0, 1].
    low, high : numpy.ndarray or None
        (rows, ...): ends of an interval around a number; None where no coverage was asked for.
    held : numpy.ndarray of bool or None
        (rows, classes): which classes the set of a row holds; (rows, labels, 2): whether that of
        each label holds 0 and 1. None where no coverage was asked for.
    task : str
        "multiclass", "binary", "multilabel", "regression" or "unit_interval": what the outputs were
        taken for.
    names : tuple
        The classes or labels, or the targets; () for their numbers.
    threshold : float
        From which probability on a row has the second of two classes.
    members, samples : int
        How many networks there were, and how many draws of each.
    seed : int
        Of the draws.
    engine, engine_reason : str
        What ran the networks, and why that; "" where it was not told.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> model = keras.Sequential([keras.Input((8,)), keras.layers.Dropout(0.5),
    ...                           keras.layers.Dense(2, "softmax")])
    >>> found = epochal.predict(model, np.ones((5, 8)), uncertainty="monte_carlo")
    >>> found.to_pandas().columns.tolist()[-3:]
    ['total_uncertainty', 'aleatoric_uncertainty', 'epistemic_uncertainty']
    """

    mean: NDArray
    task: str
    total: NDArray | None = None
    aleatoric: NDArray | None = None
    epistemic: NDArray | None = None
    standard_deviation: NDArray | None = None
    quantiles: NDArray = field(default_factory=lambda: np.empty(0))
    levels: tuple[float, ...] = ()
    low: NDArray | None = None
    high: NDArray | None = None
    held: NDArray | None = None
    names: tuple[Any, ...] = ()
    threshold: float = 0.5
    members: int = 1
    samples: int = 1
    seed: int = 0
    engine: str = ""
    engine_reason: str = ""

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def predicted(self) -> NDArray:
        """The most probable class, (rows,); 0 or 1 for yes-or-no outputs; else the mean."""
        if self.task in ONE_OF_MANY:
            classes: NDArray = self.mean.argmax(axis=-1)
            return classes
        if self.task in YES_OR_NO:
            return (self.mean > self.threshold).astype(np.int64)
        return self.mean

    def quantile(self, level: float) -> NDArray:
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
        values: NDArray = self.quantiles[self.levels.index(level)]
        return values

    def with_noise(self, variance: NDArray | float) -> "Prediction":
        """The same prediction of numbers, whose aleatoric uncertainty is the same for all rows.

        Parameters
        ----------
        variance : float or numpy.ndarray of shape (outputs,)
            Such as the mean squared error on rows that were not trained on: what the networks leave
            unexplained, an error of theirs among it, so rather too large.
        """
        aleatoric = np.broadcast_to(variance, self.mean.shape).astype(self.mean.dtype)
        total = aleatoric if self.epistemic is None else aleatoric + self.epistemic
        return replace(
            self, total=total, aleatoric=aleatoric, standard_deviation=np.sqrt(total), levels=()
        )

    def uncertainty_columns(self) -> dict[str, NDArray]:
        """What is known of the uncertainty, as columns of shape (rows,).

        "total_uncertainty", "aleatoric_uncertainty" and "epistemic_uncertainty"; of numbers
        "standard_deviation" and "quantile_<level>" before them. Where there are several targets or
        labels, each name ends in "_<target>".
        """
        values: dict[str, NDArray] = {}
        if self.task not in (*ONE_OF_MANY, *YES_OR_NO):
            if self.standard_deviation is not None:
                values["standard_deviation"] = self.standard_deviation
            values |= {f"quantile_{level:g}": self.quantile(level) for level in self.levels}
        for kind in KINDS:
            if getattr(self, kind) is not None:
                values[f"{kind}_uncertainty"] = getattr(self, kind)
        if self.task in ONE_OF_MANY:
            return values
        rows = len(self)
        columns = {name: each.reshape(rows, -1) for name, each in values.items()}
        return columns_by_target(self._task, **columns)

    def to_pandas(self) -> pd.DataFrame:
        """A table of a row for each, named as `epochal.predict_table` names its columns.

        Returns
        -------
        DataFrame
            "prediction" and a "probability_<class>" per class, or as
            `epochal.predict_table` has it for several targets; then `uncertainty_columns`; then
            "low" and "high", "set", or a "set_<label>" per label, where a coverage was asked for.

        Raises
        ------
        InputError
            A prediction of more than one vector a row, such as of each step of a sequence.
        """
        if self.mean.ndim > 2:
            raise InputError(
                "The prediction must have one vector per row to be a table, got shape "
                f"{self.mean.shape}: take its arrays as they are."
            )
        columns = prediction_columns(self._task, self.mean, self.threshold)
        columns |= self.uncertainty_columns()
        if self.low is not None and self.high is not None:
            low, high = (each.reshape(len(self), -1) for each in (self.low, self.high))
            columns |= columns_by_target(self._task, low=low, high=high)
        if self.held is not None:
            columns |= set_columns(self._task, self.held)
        return pd.DataFrame(columns)

    def to_parquet(self, path: str | Path) -> None:
        """Write `to_pandas` as a Parquet file, whole or not at all.

        Raises
        ------
        InputError
            As `to_pandas`, or the file cannot be written.
        """
        frame = self.to_pandas()
        try:
            write_whole(Path(path), lambda file: frame.to_parquet(file, index=False))
        except OSError as error:
            raise InputError(
                f"path must be a file that can be written, got {str(path)!r} "
                f"({error.strerror or error}): give another."
            ) from error

    @property
    def _task(self) -> Task:
        """What the names of the columns hang on."""
        head, outputs = head_of(self.task), int(np.prod(self.mean.shape[1:]))
        numbered = tuple(range(2 if self.task == "binary" else outputs))
        of_classes = self.task in (*ONE_OF_MANY, *YES_OR_NO)
        names = self.names or numbered
        labels = tuple(map(str, names))
        one = self.task in (*ONE_OF_MANY, "binary")
        return Task(
            kind=self.task,
            target=("class",) if one else labels,
            classes=names if one else labels if of_classes else (),
            outputs=outputs,
            output_activation=head.activation,
            loss=head.loss,
            metrics=head.metrics,
        )

    def _repr_html_(self) -> str:
        rows = len(self)
        drawn = f", {self.samples} samples each" if self.samples > 1 else ""
        networks = f", {self.members} networks" if self.members > 1 else ""
        return html_summary(
            f"{self.task}: {rows:,} rows{networks}{drawn}"
            + (f" on {self.engine}" if self.engine else ""),
            f"the first {SHOWN} rows" if rows > SHOWN else "",
            table=self._first_rows(),
            picture=self._plot,
            alt="mean and standard deviation of the probability of each class, for the first rows",
        )

    def _first_rows(self) -> tuple[list[str], list[list[str]]]:
        columns = {"predicted": self.predicted, "deviation": self.standard_deviation}
        columns |= {kind: getattr(self, kind) for kind in KINDS}
        known = {name: values for name, values in columns.items() if values is not None}
        cells = [
            [str(row), *(f"{np.max(values[row]):.4g}" for values in known.values())]
            for row in self._shown
        ]
        return ["row", *known], cells

    @property
    def _shown(self) -> range:
        return range(min(len(self), SHOWN))

    def _plot(self) -> "Figure":
        if self.task not in ("multiclass", "binary") or self.standard_deviation is None:
            raise InputError("the task must be one of classes, got another: there is no picture.")
        return monte_carlo(self, self._shown[:3])
