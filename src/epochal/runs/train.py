"""From a table to a run folder: the steps of `epochal train`, one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Unpack

from epochal.data import save_preprocessing
from epochal.report import render
from epochal.runs.advice import advice_of
from epochal.runs.command import command_of
from epochal.runs.conformity import conformity_of
from epochal.runs.cross_validation import cross_validated
from epochal.runs.decisions import choose_for_network
from epochal.runs.explaining import explain_test
from epochal.runs.learning_curve import Predicted, curve_of_run
from epochal.runs.network import TargetScale, build
from epochal.runs.network_description import describe_network
from epochal.runs.observer import Observer, observer_for
from epochal.runs.plan import Plan, plan_table
from epochal.runs.predicted import predict_in_target_units
from epochal.runs.preparation import prepare
from epochal.runs.record_content import history_frame, run_record
from epochal.runs.remedies import chosen_class_weights, tried_remedies
from epochal.runs.report_content import report_content
from epochal.runs.run_fingerprint import run_fingerprint
from epochal.runs.settings import TrainSettings
from epochal.runs.splitting import Source
from epochal.runs.storage.conformity_file import CONFORMITY, write_conformity
from epochal.runs.storage.folder import RunFolder, check_out, read_run
from epochal.runs.storage.training_sample import TRAINING_SAMPLE, write_training_sample
from epochal.runs.storage.workspace import workspace
from epochal.runs.storage.writing import (
    folder_name,
    parent_of,
    write_network,
    write_report,
    write_run,
)
from epochal.runs.testing import TestResult, score_test_rows
from epochal.runs.threshold_rules import threshold_rule
from epochal.runs.train_options import TrainOptions
from epochal.runs.training import planned_recipe, train_once
from epochal.scoring.threshold import DEFAULT_THRESHOLD
from epochal.scoring.trials import Trials
from epochal.training.progress import Display
from epochal.translation import translate


def train_table(
    source: Source,
    target: str | Sequence[str],
    *,
    test: "Source | None" = None,
    out: "str | Path | None" = None,
    observer: Observer | None = None,
    **settings: Unpack[TrainOptions],
) -> RunFolder:
    """Train a network on a table, test it, and write a run folder with a report.

    Columns and task are inferred, columns that leak the target are dropped, the rows are split
    (stratified for classes, by `group` or by `time_column`; the test rows are used once, at the
    end), twenty networks are trained, each stopped early by training rows that it leaves out, and
    their average is scored beside three baselines. Ctrl-C ends the training early: the best so far
    is written, marked "interrupted". A run that was killed goes on where it stopped when it is
    begun again from the same table, settings and versions, unless it was given a `time`.

    Parameters
    ----------
    source : str, Path or DataFrame
        A file, the name of a data set, or a frame; see `epochal.data.read_table`.
    target : str or sequence of str
        The column to predict, or several.
    test : str, Path or DataFrame, optional
        A table of the rows to test on; None tests rows of `source`.
    out : str or Path, optional
        The folder to write, which must not exist; None numbers one under ``runs``.
    observer : Observer, optional
        Called at each stage and after each epoch. None shows them in a notebook, on one line that
        changes, and nowhere else.
    **settings
        As `epochal.runs.TrainSettings` documents them, with its defaults: `task`, `positive`,
        `metric`, `cost`, `min_precision`, `min_recall`, `drop`, `keep`, `kinds`, `network`,
        `distribution`, `hidden`, `members`, `epochs`, `batch_size`, `learning_rate`, `dropout`,
        `l2`, `weight_decay`, `patience`, `validation_size`, `class_weight`, `oversample`,
        `try_remedies`, `time`, `tune`, `group`, `time_column`, `gap`, `cv`, `learning_curve`,
        `seed`, `sheet` and `test_size`.

    Returns
    -------
    RunFolder
        Its `report` is the page, its `record` holds all numbers.

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
    checked = TrainSettings.from_options(target, **settings)
    check_out(out)
    return train_plan(plan_table(source, checked, test=test), out=out, observer=observer)


def train_plan(
    plan: Plan, *, out: "str | Path | None" = None, observer: Observer | None = None
) -> RunFolder:
    """Train what `plan_table` planned, and write the run folder; see `train_table`."""
    observer = observer or observer_for(Display("auto"))
    check_out(out)
    name = folder_name(plan.name, plan.task.target[0])
    command = command_of(plan.source, plan.settings, plan.test_source, out=out)
    place = parent_of(out), name if out is None else Path(out).name, run_fingerprint(plan)
    with workspace(*place, command) as made:
        # What fits into a time is measured: no fit would be found again.
        kept = made.fits if plan.settings.time is None else None
        write = _trained(replace(plan, resume=kept), observer)
        observer.stage(translate("writing the report"))
        path = write_run(out, name, write, made)
    return read_run(path)


def _trained(plan: Plan, observer: Observer) -> Callable[[Path], None]:
    """Train and test: what fills the folder of the run."""
    began = perf_counter()
    tested = None
    asked = plan
    plan, tuning = _tuned(asked, observer)
    if plan.settings.cv is not None:
        tested = cross_validated(plan, partial(_train_and_test, observer=observer))
    chosen, trials = chosen_class_weights(plan, observer)
    prepared, fitted, model = train_once(chosen, observer)
    if tested is None:
        observer.stage(translate("testing"))
        tested = score_test_rows(plan, prepared, model, fitted.left_out)
        observer.stage(translate("measuring the columns"))
        explanation = explain_test(plan, prepared, model, tested.threshold)
        tested = replace(tested, explanation=explanation)
        if plan.settings.learning_curve and not fitted.interrupted:
            curve = curve_of_run(plan, tested, partial(_train_and_predict, observer=observer))
            tested = replace(tested, learning_curve=curve)
    else:
        # What is kept predicts by its own threshold, not by those of the folds.
        rule = threshold_rule(plan.task, plan.settings)
        threshold = choose_for_network(rule, fitted.left_out)
        conformity = conformity_of(
            plan.task,
            fitted.left_out,
            TargetScale.of(plan.task, prepared.training.y, plan.settings.distribution),
            DEFAULT_THRESHOLD if threshold is None else threshold.value,
            plan.settings.distribution,
        )
        tested = replace(tested, threshold=threshold, conformity=conformity)
    diagnosis = advice_of(chosen, fitted, tested)
    if plan.settings.try_remedies:
        trials = [*trials, tried_remedies(chosen, fitted, diagnosis, observer)]
    record = run_record(
        asked,
        fitted,
        tested,
        diagnosis=diagnosis,
        trials=[*tuning, *trials],
        network=describe_network(chosen.settings, fitted.recipe, model.count_params()),
        seconds=perf_counter() - began,
    )

    def write(folder: Path) -> None:
        write_network(model, folder)
        save_preprocessing(prepared.preprocessor, folder / "preprocessing.skops")
        record.write(folder / "run.json")
        history_frame(fitted).to_csv(folder / "history.csv", index=False)
        tested.frame.to_parquet(folder / "predictions.parquet")
        training = plan.frame.iloc[plan.split.train]
        write_training_sample(
            folder / TRAINING_SAMPLE, prepared.preprocessor, training, plan.settings.seed
        )
        if tested.conformity is not None:
            write_conformity(folder / CONFORMITY, tested.conformity)
        write_report(
            folder / "report.html", lambda: render(report_content(plan, record, fitted, tested))
        )

    return write


def _tuned(plan: Plan, observer: Observer) -> tuple[Plan, list[Trials]]:
    """The plan with the settings that were found, where they are to be chosen, and why."""
    if plan.settings.tune is None:
        return plan, []
    from epochal.runs.tuning import tuned  # noqa: PLC0415

    return tuned(plan, observer)


def _train_and_test(plan: Plan, observer: Observer) -> TestResult:
    """One fit of a cross-validation, of which nothing is kept where Ctrl-C ends it."""
    trained = train_once(chosen_class_weights(plan, observer)[0], observer)
    if trained.fitted.interrupted:
        raise KeyboardInterrupt
    tested = score_test_rows(plan, trained.prepared, trained.model, trained.fitted.left_out)
    if plan.split is not plan.folds[0][0]:
        return tested
    explanation = explain_test(plan, trained.prepared, trained.model, tested.threshold)
    return replace(tested, explanation=explanation)


def _train_and_predict(plan: Plan, observer: Observer) -> Predicted:
    """One fit of a learning curve, of which nothing is kept where Ctrl-C ends it."""
    prepared, fitted, model = train_once(plan, observer)
    if fitted.interrupted:
        raise KeyboardInterrupt
    threshold = choose_for_network(threshold_rule(plan.task, plan.settings), fitted.left_out)
    return Predicted(predict_in_target_units(model, prepared.test.x), threshold)


def describe_plan(plan: Plan) -> str:
    """The network that `train_plan` would train, in a few sentences."""
    prepared = prepare(plan)
    recipe = planned_recipe(plan, prepared)
    features = prepared.training.x.shape[1]
    parameters = sum(
        recipe.members_of(number)
        * build(plan.task, features, plan.settings, recipe, variant, 0).count_params()
        for number, variant in enumerate(recipe.variants)
    )
    return describe_network(plan.settings, recipe, parameters)
