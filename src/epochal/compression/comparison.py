"""Every way to make a model smaller, tried and measured side by side."""

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
from epochal.training import evaluate, fit, predictor

ORIGINAL = "original"


@dataclass(frozen=True, kw_only=True, eq=False)
class CompressionReport:
    """What `compact` tried: the models, and a table of what each costs and what it is worth.

    It prints as the table.

    Attributes
    ----------
    models : dict of str to keras.Model
        The models by the names of the table's rows; "original" is the one that was given.
    table : pandas.DataFrame
        A row a model: `kilobytes` of its `.keras` file without optimiser, `zipped` the same
        deflated, `batch_ms` and `row_ms` the milliseconds of a batch and of one row, `engine` what
        predicted, the score, and `sparsity`, the share of zeros in its kernels.
    score : str
        The score's name and its column in `table`: the first metric of the model whose direction
        Keras knows, or the loss.
    higher_is_better : bool
        Of the score.
    batch_size : int
        Rows of the batch that was timed.
    notes : tuple of str
        What could not be made smaller and why, a sentence each.
    """

    models: dict[str, keras.Model]
    table: pd.DataFrame
    score: str
    higher_is_better: bool
    batch_size: int
    notes: tuple[str, ...]

    def best(self, by: str = "kilobytes", *, within: float = 0.01) -> keras.Model:
        """The model with the smallest `by` among those that are at most `within` worse.

        Parameters
        ----------
        by : "kilobytes", "zipped", "batch_ms" or "row_ms"
            A column of `table`.
        within : float
            How much worse than the original's the score may be, at least 0, in the score's unit.

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
            raise InputError(f"within must be 0 or more, got {within!r}: give for example 0.01.")
        scores = self.table[self.score] * (1 if self.higher_is_better else -1)
        good = self.table[scores >= scores[ORIGINAL] - within]
        return self.models[str(good[by].idxmin())]

    def __str__(self) -> str:
        shown = self.table.assign(
            kilobytes=self.table["kilobytes"].map("{:.1f}".format),
            zipped=self.table["zipped"].map("{:.1f}".format),
            batch_ms=self.table["batch_ms"].map("{:.3g}".format),
            row_ms=self.table["row_ms"].map("{:.3g}".format),
            sparsity=self.table["sparsity"].map("{:.0%}".format),
            **{self.score: self.table[self.score].map("{:.4f}".format)},
        )
        return "\n".join([shown.to_string(), f"a batch is {self.batch_size} rows", *self.notes])


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
    """Try what makes a model smaller and faster at prediction, and measure what each is worth.

    In a chain: pruning in a short fine-tuning (where `sparsity` is asked for), folding of batch
    normalisation, and on top of those each of `modes`. Every step works on a copy.

    Parameters
    ----------
    model : keras.Model
        A built and compiled Sequential or functional model. It stays as it is.
    x, y : array_like, (rows, ...)
        What the score is taken on, and the rows that are timed: data that was not trained on.
    sparsity : float, optional
        The share of each kernel's weights to prune, from 0 to below 1. None does not prune.
    training_data : (x, y), optional
        What is fine-tuned on while pruning; needed with `sparsity`.
    epochs : int
        Epochs of the fine-tuning, at least 1; the sparsity rises over the first half of them.
    modes : sequence of str
        Of "float16", "bfloat16", "int8", "int4"; see `quantize`.
    batch_size : int
        Rows of the batch that is timed, at least 1; all rows where there are fewer.
    seed : int
        Of the fine-tuning.

    Returns
    -------
    Compaction
        The models, and a table that prints. Times are medians of readings in turns, of
        `epochal.predictor` on the engine that it chooses; compare them within one table.

    Raises
    ------
    InputError
        Where `model` is not compiled, not built or a subclass, `sparsity` lies outside [0, 1) or
        comes without `training_data`, a mode is unknown, or a count is no whole number above 0.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> x = np.random.default_rng(0).standard_normal((256, 4)).astype("float32")
    >>> model = epochal.network("regression", 4, hidden=(16, 16), seed=0)
    >>> tried = epochal.compress(model, x, x.sum(axis=1), modes=["float16"])
    >>> list(tried.table.index)
    ['original', 'float16']
    """
    _check(model, sparsity, training_data, modes)
    check_whole("epochs", epochs, 1, "give for example 4")
    check_whole("batch_size", batch_size, 1, "give for example 256")
    batch = _first(x, batch_size)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        models = _chain(model, sparsity, training_data, epochs, modes, seed)
    notes = dict.fromkeys(str(w.message) for w in caught if w.category is UserWarning)
    scores = {
        name: evaluate(each, x, y, verbose=0, return_dict=True) for name, each in models.items()
    }
    score, higher = _score_of(model, list(scores[ORIGINAL]))
    predictors = {name: predictor(each) for name, each in models.items()}
    times = milliseconds(predictors, batch, _first(x, 1))
    rows = {}
    for name, each in models.items():
        file, packed = sizes_of(each)
        counts = sparsity_of(each)
        rows[name] = {
            "kilobytes": file / 1000,
            "zipped": packed / 1000,
            "batch_ms": times[name][0],
            "row_ms": times[name][1],
            "engine": predictors[name].engine,
            score: float(scores[name][score]),
            "sparsity": counts["zeros"].sum() / max(1, counts["weights"].sum()),
        }
    return CompressionReport(
        models=models,
        table=pd.DataFrame.from_dict(rows, orient="index").rename_axis("model"),
        score=score,
        higher_is_better=higher,
        batch_size=len(jax.tree.leaves(batch)[0]),
        notes=tuple(notes),
    )


def _chain(
    model: keras.Model,
    sparsity: float | None,
    training_data: Any,
    epochs: int,
    modes: Sequence[str],
    seed: int,
) -> dict[str, keras.Model]:
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


def _score_of(model: keras.Model, names: list[str]) -> tuple[str, bool]:
    """The first metric whose direction Keras knows, and whether higher is better; or the loss."""
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
            f"{type(training_data).__name__}: pruning fine-tunes on it."
        )
