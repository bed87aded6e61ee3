"""From a table to a run folder: the steps of `epochal train`, one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol, cast

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.data import TablePreprocessor, encode_target, save_preprocessing
from epochal.report import render
from epochal.runs.fitting import Trained, train
from epochal.runs.network import Recipe, build, in_words, recipe_for
from epochal.runs.plan import Plan, plan_table
from epochal.runs.predictions import tested_frame, truth_of
from epochal.runs.report_content import report_content
from epochal.runs.settings import VALIDATION_SIZE, TrainSettings, command_of
from epochal.runs.storage.folder import RunFolder, check_out, read_run
from epochal.runs.storage.record import RunRecord, versions
from epochal.runs.storage.writing import folder_name, write_network, write_report, write_run
from epochal.runs.target_unit import add_target_mean, centre_of, centred, predict_in_target_units
from epochal.scoring import Comparison, Score
from epochal.scoring.baselines import fit_baselines
from epochal.scoring.bootstrap import NETWORK, score_all


class Observer(Protocol):
    """Who is told how a run goes on."""

    def stage(self, words: str) -> None:
        """A part of the work begins."""

    def epoch(self, epoch: int, epochs: int, logs: Mapping[str, float]) -> None:
        """Epoch `epoch` of at most `epochs` has ended, with these losses and metrics."""


class _Nobody:
    def stage(self, words: str) -> None:
        pass

    def epoch(self, epoch: int, epochs: int, logs: Mapping[str, float]) -> None:
        pass


def train_table(
    source: "str | Path | pd.DataFrame",
    target: str | Sequence[str],
    *,
    task: str | None = None,
    drop: str | Sequence[str] = (),
    keep: str | Sequence[str] = (),
    kinds: Mapping[str, str] | None = None,
    network: str = "default",
    hidden: Sequence[int] | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    seed: int = 0,
    test_size: float = 0.2,
    out: "str | Path | None" = None,
    observer: Observer | None = None,
) -> RunFolder:
    """Train a network on a table, test it, and write a run folder with a report.

    The columns and the task are inferred, columns that give the target away are left out, the
    rows are split (stratified for classes; the test part is touched once, at the end), a range
    test finds the peak learning rate, 1cycle with early stopping trains, and the best epoch is
    scored beside two baselines. Ctrl-C ends the training early: the best epoch until then is
    written, marked "interrupted".

    Parameters
    ----------
    source : str, Path or DataFrame
        A file, the name of a data set, or a frame; see `epochal.data.read_table`.
    target : str or sequence of str
        The column to learn, or several.
    task : str, optional
        "binary", "multiclass", "multilabel", "regression" or "unit_interval"; None takes what the
        values say.
    drop, keep : str or sequence of str
        Columns to leave out, and to keep though they would be left out (leaks too).
    kinds : mapping of str to str, optional
        Column kinds that override the inferred ones, such as ``{"zip": "category"}``.
    network : {"default", "self-normalizing", "sparse", "low-latency", "risk-aware"}
        The guideline that the network follows.
    hidden : sequence of int, optional
        Units of each hidden layer; None sizes them to the table.
    epochs, batch_size : int, optional
        The most epochs, and rows a step; None chooses by the size of the table.
    seed : int
        Decides everything: the split, the weights, the order of the rows, the intervals.
    test_size : float
        Share of the rows to test on; a further 15% choose the epoch.
    out : str or Path, optional
        The folder to write, which must not be there; None numbers one under ``runs``.
    observer : Observer, optional
        Is told how it goes on.

    Returns
    -------
    RunFolder
        Its `report` is the page, its `record` all numbers.

    Raises
    ------
    InputError
        Whatever is wrong with the input; nothing is then written.
    KeyboardInterrupt
        Ctrl-C before there is anything to keep.

    Examples
    --------
    >>> run = train_table("titanic", "survived", epochs=5)  # doctest: +SKIP
    >>> run.record.score("accuracy").network  # doctest: +SKIP
    Interval(value=0.8146067415730337, low=0.7584269662921348, high=0.8707865168539326)
    """
    settings = TrainSettings(
        # The settings take what is given here, and turn it into what their types say.
        target=cast("tuple[str, ...]", target),
        task=task,
        drop=cast("tuple[str, ...]", drop),
        keep=cast("tuple[str, ...]", keep),
        kinds={} if kinds is None else kinds,
        network=network,
        hidden=cast("tuple[int, ...] | None", hidden),
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        test_size=test_size,
    )
    check_out(out)
    return train_plan(plan_table(source, settings), out=out, observer=observer)


def train_plan(
    plan: Plan, *, out: "str | Path | None" = None, observer: Observer | None = None
) -> RunFolder:
    """Train what `plan_table` planned, and write the run folder; see `train_table`."""
    observer = observer or _Nobody()
    check_out(out)
    began = perf_counter()
    prepared = _prepare(plan)
    recipe = recipe_for(plan.settings, *prepared.x_train.shape)
    centre = centre_of(plan.task, prepared.y_train)
    y_train = centred(prepared.y_train, centre)
    model = build(plan.task, prepared.x_train.shape[1], plan.settings, recipe, y_train)
    observer.stage("finding the learning rate")
    trained = train(
        model,
        (prepared.x_train, y_train),
        (prepared.x_validation, centred(prepared.y_validation, centre)),
        recipe,
        seed=plan.settings.seed,
        on_epoch=observer.epoch,
    )
    model = add_target_mean(plan.task, model, centre)
    observer.stage("testing")
    tested = _test(plan, prepared, model)
    record = _record(plan, recipe, model, trained, tested, perf_counter() - began)

    def page() -> str:
        content = report_content(
            plan, record, trained, tested.scores, tested.comparison, tested.truth, tested.outputs
        )
        return render(content)

    def write(folder: Path) -> None:
        write_network(model, folder)
        save_preprocessing(prepared.preprocessor, folder / "preprocessing.skops")
        record.write(folder / "run.json")
        _history_frame(trained).to_csv(folder / "history.csv", index=False)
        tested.frame.to_parquet(folder / "predictions.parquet")
        write_report(folder / "report.html", page)

    observer.stage("writing the report")
    return read_run(write_run(out, folder_name(plan.name, plan.task.target[0]), write))


def describe_plan(plan: Plan) -> str:
    """The network that `train_plan` would train, in a sentence."""
    prepared = _prepare(plan)
    recipe = recipe_for(plan.settings, *prepared.x_train.shape)
    features = prepared.x_train.shape[1]
    return in_words(
        plan.settings, recipe, build(plan.task, features, plan.settings, recipe, prepared.y_train)
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Prepared:
    """The arrays of the three parts, and what made them."""

    preprocessor: TablePreprocessor
    x_train: NDArray
    x_validation: NDArray
    x_test: NDArray
    y_train: NDArray
    y_validation: NDArray


def _prepare(plan: Plan) -> _Prepared:
    frame, parts = plan.frame, plan.split
    preprocessor = TablePreprocessor()
    encoded = encode_target(plan.task, frame[list(plan.task.target)])
    return _Prepared(
        preprocessor=preprocessor,
        x_train=preprocessor.fit_transform(frame.iloc[parts.train], plan.columns),
        x_validation=preprocessor.transform(frame.iloc[parts.validation]),
        x_test=preprocessor.transform(frame.iloc[parts.test]),
        y_train=encoded[parts.train],
        y_validation=encoded[parts.validation],
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Tested:
    """What the test part, touched once, told."""

    truth: NDArray
    outputs: NDArray
    scores: tuple[Score, ...]
    comparison: Comparison | None
    frame: pd.DataFrame


def _test(plan: Plan, prepared: _Prepared, model: keras.Model) -> _Tested:
    task, rows = plan.task, plan.frame.iloc[plan.split.test]
    truth = truth_of(task, rows)
    outputs = predict_in_target_units(model, prepared.x_test)
    y_train = truth_of(task, plan.frame.iloc[plan.split.train])
    baselines = fit_baselines(
        task.kind, prepared.x_train, y_train, prepared.x_test, classes=task.outputs
    )
    scores, comparison = score_all(
        task.kind, truth, {NETWORK: outputs, **baselines}, seed=plan.settings.seed
    )
    frame = tested_frame(task, outputs, truth, rows.index.to_numpy())
    return _Tested(truth=truth, outputs=outputs, scores=scores, comparison=comparison, frame=frame)


def _record(
    plan: Plan,
    recipe: Recipe,
    model: keras.Model,
    trained: Trained,
    tested: _Tested,
    seconds: float,
) -> RunRecord:
    notes = [plan.split.note[:1].upper() + plan.split.note[1:] + "."] if plan.split.note else []
    if plan.task.missing:
        notes.append(f"{plan.task.missing:,} rows have no target: they were left out.")
    return RunRecord(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        state="interrupted" if trained.interrupted else "complete",
        source=plan.source,
        name=plan.name,
        fingerprint=plan.fingerprint,
        command=command_of(plan.source, plan.settings),
        settings={**asdict(plan.settings), "validation_size": VALIDATION_SIZE},
        recipe=dict(recipe.as_dict()),
        task=asdict(plan.task),
        columns=[asdict(column) for column in plan.columns],
        leaks=[asdict(leak) for leak in plan.leaks],
        rows=plan.rows,
        duplicates=asdict(plan.duplicates),
        notes=notes,
        network=in_words(plan.settings, recipe, model),
        scores=tested.scores,
        comparison=tested.comparison,
        training=_training_facts(trained, seconds),
        versions=versions(),
    )


def _training_facts(trained: Trained, seconds: float) -> dict[str, Any]:
    run = trained.run
    return {
        "peak_learning_rate": trained.peak_learning_rate,
        "range_test_doubts": list(trained.curve.doubt),
        "epochs": len(run.epoch),
        "best_epoch": trained.best_epoch + 1,
        "verdict": {**asdict(run.verdict), "line": str(run.verdict)},
        "engine": run.engine,
        "engine_reason": run.engine_reason,
        "seconds": round(seconds, 3),
    }


def _history_frame(trained: Trained) -> pd.DataFrame:
    """One row an epoch: losses, metrics, and the rate of the epoch's last step."""
    run = trained.run
    frame = pd.DataFrame(run.history)
    frame.insert(0, "epoch", np.arange(1, len(frame) + 1))
    steps = trained.steps_per_epoch * frame["epoch"].to_numpy()
    frame["learning_rate"] = run.learning_rates[np.minimum(steps, len(run.learning_rates)) - 1]
    return frame
