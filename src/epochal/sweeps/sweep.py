"""`epochal.sweep`: settings chosen by Optuna, trained as populations, judged over their seeds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler

from epochal.checks import check_whole
from epochal.sweeps.arguments import (
    check_executor,
    check_numbers,
    check_parameters,
    is_higher,
    replicates_of,
)
from epochal.sweeps.fits import Job
from epochal.sweeps.plan import Plan, run_plan
from epochal.sweeps.result import Sweep
from epochal.sweeps.sampling import NumberedSampler
from epochal.sweeps.space import Space
from epochal.sweeps.study import open_study
from epochal.training.arguments import check_callbacks
from epochal.training.population.settings import Builder
from epochal.training.progress import Display


def sweep(
    model_or_builder: keras.Model | Builder,
    x: Any,
    y: Any,
    space: Mapping[str, Any],
    *,
    trials: int | None,
    seeds: int = 3,
    members_at_once: int | None = None,
    objective: str = "val_loss",
    direction: str | None = None,
    validation: Any = None,
    rows: Sequence[tuple[Any, Any]] | None = None,
    sampler: BaseSampler | None = None,
    pruner: BasePruner | None = None,
    storage: Any = None,
    name: str = "sweep",
    executor: str | None = None,
    seconds: float | None = None,
    seed: int = 0,
    sample_weight: Any = None,
    batch_size: int | None = None,
    epochs: int = 1,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    class_weight: dict[int, float] | None = None,
    validation_batch_size: int | None = None,
    engine: str = "auto",
    schedule: keras.optimizers.schedules.LearningRateSchedule | None = None,
    verbose: Any = "auto",
    on_fit: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Try settings, each with several seeds, and say which are better beyond chance.

    A setting is a trial of Optuna's; its fits, one a seed, are replicates. All fits are members of
    one population (`epochal.train_population`): where a core is about to be free and all fits of
    the last setting have begun, Optuna is asked for the next one, and it is told of each when its
    last fit has ended. All trials have the same seeds and rows, so that settings are compared by
    pairs of fits.

    Parameters
    ----------
    model_or_builder : keras.Model or callable
        As `epochal.train_population` takes it. Parameters of a compiled model are those of its
        optimiser (``learning_rate``, ``momentum``, ``beta_1``, ``weight_decay``, ``clipnorm``,
        ...), ``dropout``, ``l1``, ``l2`` and ``max_norm`` of all its layers or of one
        (``dropout.<layer>``), and ``label_smoothing``; of a function, its arguments.
        ``batch_size``, ``epochs`` and ``schedule`` are those of a fit.
    x, y, sample_weight : array_like
        Inputs, targets and weights as `epochal.fit` takes them, (rows, ...); arrays alone.
    space : mapping of str to tuple, list or optuna.distributions.BaseDistribution
        What each parameter may be: ``(low, high)``, whole numbers where both are; ``(low, high,
        "log")``; a list of choices. Where all are choices and `trials` is not below the number of
        their combinations, each of these is tried once.
    trials : int or None
        How many settings are told in all, at least 1, those of earlier calls and other processes
        among them; None is no limit, and needs `seconds`.
    seeds : int
        Fits of a setting, at least 1.
    members_at_once : int, optional
        How many fits are trained at once, at least 1; None takes the number of cores, of Ray the
        cluster's. Fewer have more cores each, and Optuna knows more results when it is asked. If
        the process is killed, those under way are lost, and the trials that they belong to begin
        anew.
    objective : str
        A name in a fit's history. Its value is that after the last epoch, or after the one whose
        weights ``EarlyStopping(restore_best_weights=True)`` restores.
    direction : {"minimize", "maximize"}, optional
        None maximises what ends in the name of a score, such as "val_accuracy".
    validation : tuple, optional
        (x, y) or (x, y, weights) to validate every fit on. None: each leaves out rows of its own,
        one of five folds, or of as many as there are seeds.
    rows : sequence of (rows, rows), optional
        In place of these folds: for each seed the numbers of the rows to train on, and of those to
        validate on.
    sampler, pruner : optional
        Optuna's. None is its tree-structured Parzen estimator, and no pruning. A pruner's step is
        an epoch of a trial's first fit, then of its second, and so on; with one, settings are asked
        for several at a time, whose first fits come first.
    storage : str, Path or optuna.storages.BaseStorage, optional
        A file (SQLite), an SQLAlchemy address such as ``postgresql+psycopg://user@host/sweeps``, or
        an Optuna storage. A sweep that was killed goes on with the same call, and several processes
        with the same call share its trials. None keeps them in memory.
    name : str
        Of the study in the storage.
    executor : {None, "ray"}
        Where trials are trained: here, or as tasks of Ray's, on a cluster or this machine.
    seconds : float, optional
        After so many, above 0, it ends with what is told.
    seed : int
        Decides the seeds of the fits, the folds, and what is chosen.
    batch_size, epochs, callbacks, class_weight, validation_batch_size, engine, schedule
        As in `epochal.train_population`.
    verbose : "auto", 0, 1 or 2
        0 is silent.
    on_fit : callable, optional
        Called after each fit with how many have ended, and how many there are in all.

    Returns
    -------
    Sweep

    Raises
    ------
    InputError
        Where an argument is wrong, or the time is too short for a trial.
    KeyboardInterrupt
        Ctrl-C before any trial was told.

    References
    ----------
    T. Akiba et al., "Optuna: A Next-generation Hyperparameter Optimization Framework", KDD 2019.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> x = np.random.default_rng(0).standard_normal((120, 4)).astype("float32")
    >>> model = epochal.network("regression", 4, hidden=(8,))
    >>> found = epochal.sweep(model, x, x.sum(axis=1), {"learning_rate": [1e-4, 1e-2]}, trials=2,
    ...     seeds=2, epochs=2, verbose=0)
    >>> sorted(setting.settings["learning_rate"] for setting in found.settings)
    [0.0001, 0.01]
    """
    check_numbers(trials=trials, seeds=seeds, members=members_at_once, seconds=seconds, seed=seed)
    check_executor(executor, pruner)
    check_callbacks(callbacks)
    check_whole("epochs", epochs, 1, "give e.g. 30")
    choices = Space(space)
    check_parameters(model_or_builder, choices.distributions)
    job = Job(
        source=model_or_builder,
        x=x,
        y=y,
        replicates=replicates_of(rows, y, validation, seeds, seed),
        seed=seed,
        epochs=epochs,
        fit={
            "validation": validation,
            "sample_weight": sample_weight,
            "batch_size": batch_size,
            "class_weight": class_weight,
            "validation_batch_size": validation_batch_size,
            "engine": engine,
            "schedule": schedule,
        },
        callbacks=tuple(callbacks),
        objective=objective,
    )
    plan = Plan(
        job=job,
        space=choices,
        higher=is_higher(objective, direction),
        trials=trials,
        members_at_once=members_at_once,
        seconds=seconds,
    )
    study = open_study(storage, name, plan.identity(), sampler or NumberedSampler(seed), pruner)
    return run_plan(plan, study, executor=executor, display=Display(verbose), on_fit=on_fit)
