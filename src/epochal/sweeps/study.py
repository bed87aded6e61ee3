"""The Optuna study of a sweep: opened or begun, and refused where it is another's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import optuna
from optuna import Study
from optuna.pruners import BasePruner, NopPruner
from optuna.samplers import BaseSampler
from optuna.storages import BaseStorage, RDBStorage
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from epochal.checks import check_path, check_writable, describe_kind
from epochal.errors import InputError
from epochal.sweeps.space import same

KEPT = "sweep"
ATTEMPTS, PAUSE = 5, 0.3  # several processes may make the tables of a new database at one moment
PATIENCE = 60  # seconds that SQLite waits for who else is writing


def open_study(
    storage: Any,
    name: str,
    identity: Mapping[str, Any],
    sampler: BaseSampler,
    pruner: BasePruner | None,
) -> Study:
    """The study of this name, which holds this sweep or nothing yet.

    Parameters
    ----------
    storage : str, Path, optuna.storages.BaseStorage or None
        As `epochal.sweep` takes it.
    identity : mapping
        What makes two calls the same sweep, as JSON holds it: its space, objective, data, ....

    Raises
    ------
    InputError
        The storage cannot be reached, or holds another sweep under this name.
    """
    with quiet():
        study = optuna.create_study(
            storage=_storage_of(storage),
            study_name=name,
            direction="maximize" if identity["higher"] else "minimize",
            sampler=sampler,
            pruner=pruner or NopPruner(),
            load_if_exists=True,
        )
    kept = study.user_attrs.get(KEPT)
    if kept is None and not study.get_trials(deepcopy=False):
        study.set_user_attr(KEPT, dict(identity))
        return study
    _check_same(kept, identity, name)
    return study


@contextmanager
def quiet() -> Iterator[None]:
    """Inside this Optuna says nothing of new studies."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def _check_same(kept: Mapping[str, Any] | None, identity: Mapping[str, Any], name: str) -> None:
    remedy = "give another name (name) to begin one beside it"
    if kept is None:
        raise InputError(
            f"storage must hold sweeps of epochal, got a study {name!r} of another program: "
            f"{remedy}."
        )
    for what, value in identity.items():
        there = kept.get(what)
        alike = same(there or {}, value) if what == "space" else there == value
        if not alike and what == "space":
            there, value = sorted(there or {}), sorted(value)
            here = "other ranges" if there == value else ", ".join(value)
            raise InputError(
                f"storage must hold a sweep of this space, got one of {', '.join(there)} under "
                f"the name {name!r}, and {here} here: {remedy}."
            )
        if not alike:
            raise InputError(
                f"storage must hold a sweep of the same {what}, got {there!r} under the name "
                f"{name!r} and {value!r} here: {remedy}."
            )


def _storage_of(given: Any) -> BaseStorage | None:
    if given is None or isinstance(given, BaseStorage):
        return given
    if not isinstance(given, str | Path) or not str(given):
        raise InputError(
            f"storage must be a file, an SQLAlchemy address or an Optuna storage, got "
            f"{describe_kind(given)}: give e.g. 'sweep.db'."
        )
    address, options = str(given), {}
    if "://" not in address:
        path = check_path("storage", address)
        check_writable("storage must be in a folder", path.parent, "give another path")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unreachable(given, error) from error
        address = f"sqlite:///{path}"
    if address.startswith("sqlite"):
        options = {"connect_args": {"timeout": PATIENCE}}
    for attempt in range(ATTEMPTS):
        try:
            return RDBStorage(address, engine_kwargs=options)
        except (ArgumentError, ImportError) as error:
            raise _unreachable(given, error) from error
        except (SQLAlchemyError, RuntimeError) as error:
            if attempt == ATTEMPTS - 1:
                raise _unreachable(given, error) from error
            sleep(PAUSE)
    raise AssertionError


def _unreachable(given: Any, error: Exception) -> InputError:
    why = str(getattr(error, "orig", None) or error).strip().splitlines()[0].rstrip(".")
    return InputError(
        f"storage must be one that can be reached, got {str(given)!r} ({why}): check the address, "
        "and that its server runs and its driver is installed."
    )
