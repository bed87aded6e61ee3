"""Every way to compress a model, tried and measured side by side."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import keras
import numpy as np
import pandas as pd

from epochal.bridge.checks import check_compiled_model, check_layer_graph
from epochal.bridge.cloning import clone_model
from epochal.checks import check_whole
from epochal.compat._keras import flatten_layers, monitor_direction
from epochal.compression.cost import milliseconds, sizes_of
from epochal.compression.folding import fold_batch_normalization
from epochal.compression.pruning import prune
from epochal.compression.quantization import MODES, quantize
from epochal.compression.sparsity import check_sparsity, sparsity_of
from epochal.errors import InputError, suggest
from epochal.summary import frame_table, html_summary
from epochal.training import evaluate, fit, predictor

ORIGINAL = "original"


@dataclass(frozen=True, kw_only=True, eq=False)
class CompressionReport:
    """What `compress` returns: the models, and a table of what each costs and how good it is.

    It prints as the table.

    Attributes
    ----------
    models : dict of str to keras.Model
        The models by the names of the table's rows; "original" is the one that was given.
    table : pandas.DataFrame
        A row for each model: `kilobytes` of its `.keras` file without the optimiser, `zipped` of
        the same file deflated, `batch_ms` and `row_ms` the milliseconds for a batch and for one
        row, the `engine` that predicted, the score, and `sparsity`, the fraction of zeros in its
        kernels.
    score : str
        The score's name and its column in `table`: the first metric of the model for which Keras
        knows whether higher is better, or the loss.
    higher_is_better : bool
        Whether a higher score is better.
    batch_size : int
        Rows of the batch that was timed.
    notes : tuple of str
        What could not be compressed and why, one sentence each.
    """

    models: dict[str, keras.Model]
    table: pd.DataFrame
    score: str
    higher_is_better: bool
    batch_size: int
    notes: tuple[str, ...]

    def best(self, by: str = "kilobytes", *, within: float = 0.01) -> keras.Model:
        """The model with the lowest cost among those whose score is at most `within` worse.

        Parameters
        ----------
        by : "kilobytes", "zipped", "batch_ms" or "row_ms"
            The cost, a column of `table`.
        within : float
            How much worse than the original's the score may be, at least 0, in units of the score.

        Returns
        -------
        keras.Model
            One of `models`; the original meets the condition too.

        Raises
        ------
        InputError
            An unknown column, or a negative `within`.
        """
        costs = ("kilobytes", "zipped", "batch_ms", "row_ms")
        if by not in costs:
            raise InputError(
                f"by must be one of {', '.join(costs)}, got {by!r}: choose one of them."
                f"{suggest(by, costs)}"
            )
        if not within >= 0:
            raise InputError(f"within must be at least 0, got {within!r}: give for example 0.01.")
        scores = self.table[self.score] * (1 if self.higher_is_better else -1)
        good = self.table[scores >= scores[ORIGINAL] - within]
        return self.models[str(good[by].idxmin())]

    def __str__(self) -> str:
        shown = self._shown()
        return "\n".join(
            [shown.to_string(), f"batch_ms is for {self.batch_size} rows", *self.notes]
        )

    def _repr_html_(self) -> str:
        return html_summary(
            f"{len(self.table)} models by their {self.score}",
            *self.notes,
            table=frame_table(self._shown().reset_index(names="")),
        )

    def _shown(self) -> pd.DataFrame:
        return self.table.assign(
            kilobytes=self.table["kilobytes"].map("{:.1f}".format),
            zipped=self.table["zipped"].map("{:.1f}".format),
            batch_ms=self.table["batch_ms"].map("{:.3g}".format),
            row_ms=self.table["row_ms"].map("{:.3g}".format),
            sparsity=self.table["sparsity"].map("{:.0%}".format),
            **{self.score: self.table[self.score].map("{:.4f}".format)},
        )


def compress(
    model: keras.Model,
    x: Any,
    y: Any,
    *,
    sparsity: float | None = None,
    training_data: tuple[Any, Any] | None = None,
    epochs: int = 4,
    modes: Sequence[str] = ("float16", "int8"),
    batch_size: int = 256,
    seed: int = 0,
) -> CompressionReport:
    """Compress a model in every way that there is, and measure each.

    One after the other: pruning in a short fine-tuning (where `sparsity` is given), folding of
    batch normalisation, and on top of those each of `modes`. Every step works on a copy.

    Parameters
    ----------
    model : keras.Model
        A built and compiled Sequential or functional model; it is not changed.
    x, y : array_like, (rows, ...)
        The data for the score and, of `x`, the rows that are timed: data that the model was not
        trained on.
    sparsity : float, optional
        The fraction of each kernel's weights to prune, at least 0 and below 1. None: no pruning.
    training_data : tuple of array_like, (x, y), optional
        The data for fine-tuning while pruning; needed with `sparsity`.
    epochs : int
        Epochs of the fine-tuning, at least 1; the sparsity rises over the first half of them.
    modes : sequence of str
        Of "float16", "bfloat16", "int8", "int4"; see `quantize`.
    batch_size : int
        Rows of the batch that is timed, at least 1; all rows where there are fewer.
    seed : int
        Seed of the fine-tuning.

    Returns
    -------
    CompressionReport
        The models, and a table that prints. Times are medians over interleaved rounds of
        `epochal.predictor`, each on the engine that it chooses; compare them within one table.

    Raises
    ------
    InputError
        Where `model` is not compiled, not built or a subclass; `sparsity` lies outside [0, 1) or
        comes without `training_data`; a mode is unknown; or `epochs` or `batch_size` is not a whole
        number of at least 1.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> x = np.random.default_rng(0).standard_normal((256, 4)).astype("float32")
    >>> model = epochal.network("regression", 4, hidden=(16, 16), seed=0)
    >>> report = epochal.compress(model, x, x.sum(axis=1), modes=["float16"])
    >>> list(report.table.index)
    ['original', 'float16']
    """
    _check(model, sparsity, training_data, modes)
    check_whole("epochs", epochs, 1, "give for example 4")
    check_whole("batch_size", batch_size, 1, "give for example 256")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        models = _compressed(model, sparsity, training_data, epochs, modes, seed)
    notes = dict.fromkeys(str(w.message) for w in caught if w.category is UserWarning)
    scores = {
        name: evaluate(each, x, y, verbose=0, return_dict=True) for name, each in models.items()
    }
    score, higher = _score_of(model, list(scores[ORIGINAL]))
    batch = _first(x, batch_size)
    columns = _costs(models, batch, _first(x, 1)) | {
        score: {name: float(each[score]) for name, each in scores.items()},
        "sparsity": {name: _sparsity(each) for name, each in models.items()},
    }
    return CompressionReport(
        models=models,
        table=pd.DataFrame(columns).rename_axis("model"),
        score=score,
        higher_is_better=higher,
        batch_size=len(jax.tree.leaves(batch)[0]),
        notes=tuple(notes),
    )


def _compressed(
    model: keras.Model,
    sparsity: float | None,
    training_data: Any,
    epochs: int,
    modes: Sequence[str],
    seed: int,
) -> dict[str, keras.Model]:
    """The models by what was done to each, in the order of the table."""
    models, done = {ORIGINAL: model}, []
    smallest = model
    if sparsity is not None:
        smallest = clone_model(model)
        pruning = prune(smallest, sparsity)
        x, y = training_data
        fit(smallest, x, y, epochs=epochs, callbacks=[pruning], seed=seed, verbose=0)
        done = [f"pruned {sparsity:.0%}"]
        models[done[0]] = smallest
    folded = fold_batch_normalization(smallest)
    if len(flatten_layers(folded)) < len(flatten_layers(smallest)):
        smallest = folded
        done = [*done, "folded"]
        models[", ".join(done)] = folded
    for mode in modes:
        models[", ".join([*done, mode])] = quantize(smallest, mode)  # type: ignore[arg-type]
    return models


def _costs(models: dict[str, keras.Model], batch: Any, row: Any) -> dict[str, dict[str, Any]]:
    """The columns of the table that say what each model costs, by model."""
    predictors = {name: predictor(each) for name, each in models.items()}
    times = milliseconds(predictors, batch, row)
    sizes = {name: sizes_of(each) for name, each in models.items()}
    return {
        "kilobytes": {name: size / 1000 for name, (size, _) in sizes.items()},
        "zipped": {name: size / 1000 for name, (_, size) in sizes.items()},
        "batch_ms": {name: time for name, (time, _) in times.items()},
        "row_ms": {name: time for name, (_, time) in times.items()},
        "engine": {name: each.engine for name, each in predictors.items()},
    }


def _sparsity(model: keras.Model) -> float:
    """The fraction of zeros in all kernels of a model."""
    counts = sparsity_of(model)
    return float(counts["zeros"].sum() / max(1, counts["weights"].sum()))


def _score_of(model: keras.Model, names: list[str]) -> tuple[str, bool]:
    """The first metric of which Keras knows whether higher is better, and which; or the loss."""
    for name in names:
        direction = monitor_direction(name, model)
        if direction is not None and name != "loss":
            return name, direction is keras.ops.greater
    return "loss", False


def _first(x: Any, rows: int) -> Any:
    return jax.tree.map(lambda part: np.asarray(part)[:rows], x)


def _check(
    model: keras.Model, sparsity: float | None, training_data: Any, modes: Sequence[str]
) -> None:
    check_layer_graph(model, "compress")
    check_compiled_model(model, "compress", optimizer=False)
    if isinstance(modes, str):
        raise InputError(f"modes must be a list, got {modes!r}: give [{modes!r}].")
    for mode in modes:
        if mode not in MODES:
            raise InputError(
                f"modes must be among {', '.join(MODES)}, got {mode!r}: choose one of them."
                f"{suggest(mode, MODES)}"
            )
    if sparsity is None:
        return
    check_sparsity("sparsity", sparsity)
    if not isinstance(training_data, tuple) or len(training_data) != 2:
        raise InputError(
            "training_data must be (x, y) where sparsity is given, got "
            f"{type(training_data).__name__}: give the data to fine-tune on."
        )
