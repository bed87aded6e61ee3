"""The types of a run's settings: checked, and made plain."""

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

from epochal.checks import check_whole
from epochal.errors import InputError

_HIGHEST_SEED = 2**32 - 1


def checked_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `TrainSettings` as plain Python values, or `InputError`.

    Examples
    --------
    >>> checked_settings({"drop": "age", "epochs": None})
    {'drop': ('age',), 'epochs': None}
    """
    return {name: _CHECKS[name](name, value) for name, value in given.items()}


def _names(name: str, value: Any) -> tuple[str, ...]:
    names = _listed(value)
    if names is None or not all(isinstance(one, str) for one in names):
        raise InputError(
            f"{name} must be a column's name or a list of names, got {value!r}: give text such as "
            "'age'."
        )
    return tuple(map(str, names))


def _target(name: str, value: Any) -> tuple[str, ...]:
    names = _names(name, value)
    if not names or not all(names):
        raise InputError("target must name the column to learn, but it is empty. Give its name.")
    twice = [one for one in names if names.count(one) > 1]
    if twice:
        raise InputError(
            f"target must name different columns, got {twice[0]!r} {names.count(twice[0])} times: "
            "name it once."
        )
    return names


def _kinds(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value):
        raise InputError(
            f"{name} must map columns to kinds, got {value!r}: give for example "
            "{'zip': 'category'}."
        )
    return dict(value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"{name} must be a name, got {value!r}: give text such as 'default'.")
    return str(value)


def _task(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InputError(
            f"{name} must be a task's name or None, got {value!r}: give text such as 'multiclass'."
        )
    return value


def _hidden(name: str, value: Any) -> tuple[int, ...] | None:
    if value is None:
        return None
    units = None if isinstance(value, str) else _listed(value)
    if units is None:
        raise InputError(
            f"{name} must be the units of each hidden layer, got {value!r}: give a list such as "
            "[100, 100]."
        )
    return tuple(check_whole(name, one, 1, "give units such as [100, 100]") for one in units)


def _count(name: str, value: Any) -> int | None:
    return None if value is None else check_whole(name, value, 1, "give for example 32")


def _seed(name: str, value: Any) -> int:
    seed = check_whole(name, value, 0, "give 0 or so")
    if seed > _HIGHEST_SEED:
        raise InputError(f"seed must lie in 0 to {_HIGHEST_SEED}, got {seed}: give 0 or so.")
    return seed


def _share(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InputError(f"{name} must be a share of the rows, got {value!r}: give such as 0.2.")
    return float(value)


def _listed(value: Any) -> tuple[Any, ...] | None:
    """The members of a list, or a string as its only one; None of what is neither."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        return None
    return tuple(value)


_CHECKS = {
    "target": _target,
    "task": _task,
    "drop": _names,
    "keep": _names,
    "kinds": _kinds,
    "network": _text,
    "hidden": _hidden,
    "epochs": _count,
    "batch_size": _count,
    "seed": _seed,
    "test_size": _share,
}
